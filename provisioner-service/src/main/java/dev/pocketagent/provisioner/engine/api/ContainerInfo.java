package dev.pocketagent.provisioner.engine.api;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A container as the engine describes it.
 *
 * @param name without the slash in front
 * @param image as it was asked for
 * @param status {@code created}, {@code running}, {@code paused}, {@code restarting}, {@code removing}, {@code exited} or {@code dead}
 * @param exitCode of the last end; meaningless while {@link #startedAt} is absent
 * @param error why it could not start, in the engine's words; empty when it could
 * @param addresses IPv4 address by network name, empty text while it has none
 * @param ports published ports
 */
public record ContainerInfo(String id, String name, String image, String status, int exitCode, boolean oomKilled,
        String error,
        int restartCount, Optional<Instant> startedAt, Map<String, String> labels,
        Map<String, String> addresses,
        List<Port> ports) {

    /** @param hostAddress as published, e.g. {@code 127.0.0.1} */
    public record Port(int containerPort, String hostAddress, int hostPort) {}

    public ContainerInfo {
        labels = Map.copyOf(labels);
        addresses = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(addresses));
        ports = List.copyOf(ports);
    }

    public String label(String key) {
        return labels.getOrDefault(key, "");
    }

    public boolean running() {
        return status.equals("running");
    }

    /** Whether it was never started. */
    public boolean fresh() {
        return status.equals("created") && startedAt.isEmpty();
    }

    static ContainerInfo of(JsonNode node) {
        JsonNode state = node.path("State");
        String name = node.path("Name").asText();
        Map<String, String> addresses = new LinkedHashMap<>();
        node.path("NetworkSettings").path("Networks").properties()
                .forEach(network -> addresses.put(network.getKey(), network.getValue().path("IPAddress").asText("")));
        return new ContainerInfo(node.path("Id").asText(), name.startsWith("/") ? name.substring(1) : name,
                node.path("Config").path("Image").asText(), status(state.path("Status").asText()),
                state.path("ExitCode").asInt(),
                state.path("OOMKilled").asBoolean(), state.path("Error").asText(""), node.path("RestartCount").asInt(),
                instant(state.path("StartedAt").asText()), labels(node.path("Config").path("Labels")),
                addresses,
                ports(node.path("NetworkSettings").path("Ports")));
    }

    /** Podman's own words for the same states. */
    private static String status(String text) {
        return switch (text) {
            case "configured", "initialized" -> "created";
            case "stopped" -> "exited";
            case "stopping" -> "running";
            default -> text;
        };
    }

    private static List<Port> ports(JsonNode node) {
        List<Port> ports = new ArrayList<>();
        node.properties().forEach(entry -> {
            String number = entry.getKey().replaceFirst("/.*", "");
            for (JsonNode binding : entry.getValue()) {
                int host = binding.path("HostPort").asInt();
                if (host > 0 && !number.isEmpty()) {
                    ports.add(new Port(Integer.parseInt(number), binding.path("HostIp").asText(""), host));
                }
            }
        });
        return ports;
    }

    static Map<String, String> labels(JsonNode node) {
        Map<String, String> labels = new LinkedHashMap<>();
        node.properties().forEach(entry -> labels.put(entry.getKey(), entry.getValue().asText()));
        return labels;
    }

    /** The year 1 stands for never. */
    private static Optional<Instant> instant(String text) {
        try {
            Instant instant = Instant.parse(text);
            return instant.getEpochSecond() <= 0 ? Optional.empty() : Optional.of(instant);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
