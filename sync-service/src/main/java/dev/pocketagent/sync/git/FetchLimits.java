package dev.pocketagent.sync.git;

import java.time.Duration;

/**
 * What one conversation with a remote may cost.
 *
 * @param bytes most bytes received
 * @param time longest time for everything
 * @param idle longest wait for the next byte, and for a connection
 */
public record FetchLimits(long bytes, Duration time, Duration idle) {}
