/**
 * Webhooks of forges: one address and one secret a source. Signature checks and payload hints are plain Java; the resource around them
 * answers and asks {@code sync.job} for a synchronisation. The payload only ever says "go and look": content never comes from it.
 */
@NullMarked
package dev.pocketagent.sync.webhook;

import org.jspecify.annotations.NullMarked;
