package dev.pocketagent.provisioner.engine.api;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The machine that the engine runs on.
 *
 * @param rootless the engine runs without root: containers' addresses cannot be reached from the host
 */
public record HostInfo(int cores, long memoryBytes, boolean rootless) {

    static HostInfo of(JsonNode node) {
        boolean rootless = false;
        for (JsonNode option : node.path("SecurityOptions")) {
            rootless |= option.asText().contains("name=rootless");
        }
        return new HostInfo(node.path("NCPU").asInt(), node.path("MemTotal").asLong(), rootless);
    }
}
