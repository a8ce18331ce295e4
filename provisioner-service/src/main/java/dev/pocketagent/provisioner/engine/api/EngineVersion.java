package dev.pocketagent.provisioner.engine.api;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Who answers.
 *
 * @param product {@code Docker} or {@code Podman}
 * @param apiVersion version of the Docker API to speak with it, e.g. {@code 1.41}
 */
public record EngineVersion(String product, String version, String apiVersion, boolean podman) {

    /** What the client was written and tested for. */
    static final String WANTED_API = "1.41";

    /** From the answer to {@code /version}, with the API version that both sides speak. */
    static EngineVersion of(JsonNode node) {
        boolean podman = false;
        for (JsonNode component : node.path("Components")) {
            podman |= component.path("Name").asText().startsWith("Podman");
        }
        String api = negotiate(node.path("ApiVersion").asText(WANTED_API), node.path("MinAPIVersion").asText(""));
        return new EngineVersion(podman ? "Podman" : "Docker", node.path("Version").asText("?"), api, podman);
    }

    /**
     * The version to speak: ours, unless the engine is older, or has dropped it (Docker 29 refuses everything below 1.44).
     *
     * @param newest the engine's newest
     * @param oldest the engine's oldest; empty when it does not say
     */
    static String negotiate(String newest, String oldest) {
        if (compare(newest, WANTED_API) < 0) {
            return newest;
        }
        return !oldest.isEmpty() && compare(oldest, WANTED_API) > 0 ? oldest : WANTED_API;
    }

    private static int compare(String a, String b) {
        String[] left = a.split("\\.");
        String[] right = b.split("\\.");
        for (int i = 0; i < Math.max(left.length, right.length); i++) {
            int difference = Integer.compare(part(left, i), part(right, i));
            if (difference != 0) {
                return difference;
            }
        }
        return 0;
    }

    private static int part(String[] parts, int index) {
        try {
            return index < parts.length ? Integer.parseInt(parts[index].strip()) : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    @Override
    public String toString() {
        return product + " " + version;
    }
}
