package dev.pocketagent.provisioner.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.backend.ServiceSpec.Probe;

/**
 * The health check of a service, written to a label of its container: whoever looks at the container later, in another process and without
 * the specification, can still ask the same question. The engine's own health check is not used: Podman without systemd never runs it.
 */
final class HealthRule {

    static final String LABEL = Labels.PREFIX + "probe";

    private static final ObjectMapper JSON = new ObjectMapper();

    private HealthRule() {}

    static String write(Health health) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        switch (health.probe()) {
            case Probe.Http http -> node.putObject("http").put("port", http.port()).put("path", http.path());
            case Probe.Tcp tcp -> node.putObject("tcp").put("port", tcp.port());
            case Probe.Exec exec -> words(node.putArray("exec"), exec.command());
        }
        words(node.putArray("test"), health.test());
        node.put("intervalMillis", health.interval().toMillis()).put("timeoutMillis", health.timeout().toMillis())
                .put("retries", health.retries()).put("startPeriodMillis", health.startPeriod().toMillis());
        return node.toString();
    }

    /** Empty: no label, or one that this version does not understand. */
    static Optional<Health> read(String label) {
        if (label.isBlank()) {
            return Optional.empty();
        }
        try {
            JsonNode node = JSON.readTree(label);
            Probe probe;
            if (node.has("http")) {
                probe = new Probe.Http(node.path("http").path("port").asInt(),
                        node.path("http").path("path").asText("/"));
            } else if (node.has("tcp")) {
                probe = new Probe.Tcp(node.path("tcp").path("port").asInt());
            } else if (node.has("exec")) {
                probe = new Probe.Exec(words(node.path("exec")));
            } else {
                return Optional.empty();
            }
            return Optional.of(new ServiceSpec.Health(probe, words(node.path("test")),
                    Duration.ofMillis(Math.max(1, node.path("intervalMillis").asLong())),
                    Duration.ofMillis(Math.max(1, node.path("timeoutMillis").asLong())),
                    Math.max(1, node.path("retries").asInt()),
                    Duration.ofMillis(Math.max(0, node.path("startPeriodMillis").asLong()))));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static void words(ArrayNode into, List<String> words) {
        words.forEach(into::add);
    }

    private static List<String> words(JsonNode array) {
        List<String> words = new ArrayList<>();
        array.forEach(word -> words.add(word.asText()));
        return words;
    }
}
