package dev.pocketagent.kit.event;

import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Where a consumer is in the feed.
 *
 * @param seen id of the event there; null when it is not known
 */
record Place(long seq, @Nullable UUID seen) {}
