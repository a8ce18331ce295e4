package dev.pocketagent.sync.source;

import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * A source went away, or publishes elsewhere now: what lies on disk for it has to go once that is certain.
 *
 * @param sourceId the source whose store goes too; null when the source itself stays
 * @param publishTo folder it published to; null for none
 */
public record Withdrawn(UUID tenantId, @Nullable UUID sourceId, @Nullable String publishTo) {}
