package dev.pocketagent.provisioner.engine.api;

import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;

/** A named volume. */
public record VolumeInfo(String name, Map<String, String> labels) {

    public VolumeInfo {
        labels = Map.copyOf(labels);
    }

    static VolumeInfo of(JsonNode node) {
        return new VolumeInfo(node.path("Name").asText(), ContainerInfo.labels(node.path("Labels")));
    }
}
