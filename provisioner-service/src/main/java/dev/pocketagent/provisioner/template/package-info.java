/**
 * The catalogue: templates shipped with the service, each a document with typed places for parameters, a JSON schema for those, and
 * the exceptions from the policy that it needs, with a reason for each. Plain Java. Templates come from our own resources only; what
 * a tenant gives is parameters, never a document.
 */
@NullMarked
package dev.pocketagent.provisioner.template;

import org.jspecify.annotations.NullMarked;
