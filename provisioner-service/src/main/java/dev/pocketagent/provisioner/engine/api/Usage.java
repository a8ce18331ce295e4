package dev.pocketagent.provisioner.engine.api;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a running container uses.
 *
 * @param memoryBytes page cache included, as the limit counts it
 * @param memoryLimitBytes as the kernel enforces it
 * @param cpuNanos since its start, over all cores
 * @param processes processes and threads
 */
public record Usage(long memoryBytes, long memoryLimitBytes, long cpuNanos, long processes) {

    static Usage of(JsonNode node) {
        return new Usage(node.path("memory_stats").path("usage").asLong(),
                node.path("memory_stats").path("limit").asLong(),
                node.path("cpu_stats").path("cpu_usage").path("total_usage").asLong(),
                node.path("pids_stats").path("current").asLong());
    }
}
