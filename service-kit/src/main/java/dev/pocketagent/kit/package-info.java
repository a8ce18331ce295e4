/**
 * What all four services need and none owns: keys and roles, problems, lists, idempotency, row-level security, secrets,
 * outbound checks, the event feed. Each sub-package is one of these rooms. No domain ever comes in here.
 */
@NullMarked
package dev.pocketagent.kit;

import org.jspecify.annotations.NullMarked;
