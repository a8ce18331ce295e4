/** Commands on tenants, keys, plans and the audit trail. They speak to registry-service only. */
@NullMarked
package dev.pocketagent.cli.registry;

import org.jspecify.annotations.NullMarked;
