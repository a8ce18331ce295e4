package dev.pocketagent.provisioner.engine.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.UnixServer;
import dev.pocketagent.provisioner.engine.http.Waiting;

/** Answers as Podman 4.3.1 and Docker 20.10.24 gave them word for word, and some that no engine should give. */
class EngineClientTest {

    private static final Waiting SHORT = Waiting.atMost(Duration.ofSeconds(5));
    private static final String PODMAN = "200 {\"Components\":[{\"Name\":\"Podman Engine\"}],\"Version\":\"4.3.1\",\"ApiVersion\":\"1.41\","
            + "\"MinAPIVersion\":\"1.24\"}";

    /** An engine that gives one answer to everything but the greeting. */
    private static UnixServer engine(String answer) throws IOException {
        return UnixServer.json(line -> switch (line) {
            case "GET /_ping" -> "200 OK";
            case "GET /version" -> PODMAN;
            default -> answer;
        });
    }

    private static EngineClient client(UnixServer server) throws EngineException {
        return EngineClient.connect(server.address(), CallMeter.NONE);
    }

    @Test
    void theVersionSpokenIsOursUnlessTheEngineDroppedIt() {
        assertThat(EngineVersion.negotiate("1.41", "1.24")).isEqualTo("1.41");
        assertThat(EngineVersion.negotiate("1.52", "1.24")).isEqualTo("1.41");
        assertThat(EngineVersion.negotiate("1.52", "1.44")).isEqualTo("1.44");
        assertThat(EngineVersion.negotiate("1.40", "1.12")).isEqualTo("1.40");
        assertThat(EngineVersion.negotiate("1.100", "")).isEqualTo("1.41");
    }

    @Test
    void aTakenNameIsOneOutcomeOnBothEngines() throws Exception {
        for (String answer : List.of(
                "500 {\"cause\":\"that name is already in use\",\"message\":\"container create: creating container storage: the container "
                        + "name \\\"t-c\\\" is already in use by 85115af7601e. You have to remove that container to be able to reuse that "
                        + "name: that name is already in use\",\"response\":500}",
                "409 {\"message\":\"Conflict. The container name \\\"/t-c\\\" is already in use by container \\\"c4112ad72407\\\". You have "
                        + "to remove (or rename) that container to be able to reuse that name.\"}")) {
            try (UnixServer server = engine(answer)) {
                // When
                Outcomes.ContainerCreation creation = client(server).containers().create("t-c",
                        JsonNodeFactory.instance.objectNode(), SHORT);

                // Then
                assertThat(creation).isInstanceOf(Outcomes.ContainerCreation.NameTaken.class);
            }
        }
    }

    @Test
    void aMissingImageIsOneOutcomeOnBothEngines() throws Exception {
        for (String answer : List.of(
                "404 {\"cause\":\"image not known\",\"message\":\"no such image: docker.io/library/nope:1: image not known\",\"response\":404}",
                "404 {\"message\":\"No such image: nope:1\"}")) {
            try (UnixServer server = engine(answer)) {
                // When
                Outcomes.ContainerCreation creation = client(server).containers().create("t-c",
                        JsonNodeFactory.instance.objectNode(), SHORT);

                // Then
                assertThat(creation).isInstanceOf(Outcomes.ContainerCreation.ImageMissing.class);
            }
        }
    }

    @Test
    void aTakenNetworkNameAndATakenSubnetAreToldApart() throws Exception {
        Map<String, Class<? extends Outcomes.NetworkCreation>> answers = Map.of(
                "500 {\"cause\":\"network already exists\",\"message\":\"network name t-net already used: network already exists\"}",
                Outcomes.NetworkCreation.NameTaken.class,
                "409 {\"message\":\"network with name t-net already exists\"}",
                Outcomes.NetworkCreation.NameTaken.class,
                "500 {\"message\":\"subnet 10.213.0.0/27 is already used on the host or by another config\"}",
                Outcomes.NetworkCreation.SubnetTaken.class,
                "403 {\"message\":\"Pool overlaps with other one on this address space\"}",
                Outcomes.NetworkCreation.SubnetTaken.class);
        for (var entry : answers.entrySet()) {
            try (UnixServer server = engine(entry.getKey())) {
                // When
                Outcomes.NetworkCreation creation = client(server).networks().create("t-net", "10.213.0.0/27", false,
                        Map.of());

                // Then
                assertThat(creation).isInstanceOf(entry.getValue());
            }
        }
    }

    @Test
    void aContainerWhoseProcessEndsDuringTheLookIsLookedAtAgain() throws Exception {
        String ended = "500 {\"cause\":\"no such process\",\"message\":\"read /proc/3813/cgroup: no such process\",\"response\":500}";
        AtomicInteger looks = new AtomicInteger();
        try (UnixServer server = UnixServer.json(line -> switch (line) {
            case "GET /_ping" -> "200 OK";
            case "GET /version" -> PODMAN;
            default -> looks.incrementAndGet() % 3 != 0
                    ? ended
                    : "200 {\"Id\":\"c4\",\"Name\":\"/t-c\",\"State\":{\"Status\":\"exited\",\"ExitCode\":137}}";
        })) {
            // When
            ContainerInfo container = client(server).containers().find("t-c").orElseThrow();

            // Then
            assertThat(container.exitCode()).isEqualTo(137);
            assertThat(looks).hasValue(3);
        }
        try (UnixServer server = engine(ended)) {
            // When: an engine that never says anything else
            EngineException failure = catchThrowableOfType(EngineException.class,
                    () -> client(server).containers().find("t-c"));

            // Then
            assertThat(failure.status()).isEqualTo(500);
        }
    }

    @Test
    void whatIsInUseIsOneOutcomeOnBothEngines() throws Exception {
        for (String answer : List.of(
                "500 {\"cause\":\"network is being used\",\"message\":\"\\\"t-net\\\" has associated containers with it. Use -f\"}",
                "403 {\"message\":\"error while removing network: network t-net id b4 has active endpoints\"}",
                "409 {\"message\":\"remove t-vol: volume is in use - [c4]\"}")) {
            try (UnixServer server = engine(answer)) {
                // When
                Outcomes.Removal removal = client(server).networks().remove("t-net");

                // Then
                assertThat(removal).isInstanceOf(Outcomes.Removal.InUse.class);
            }
        }
    }

    @Test
    void startingTwiceIsNoError() throws Exception {
        try (UnixServer server = engine("304")) {
            assertThat(client(server).containers().start("t-c", SHORT)).isEqualTo(Outcomes.Switched.ALREADY);
        }
        try (UnixServer server = engine(
                "404 {\"message\":\"no container with name or ID \\\"t-c\\\" found: no such container\"}")) {
            assertThat(client(server).containers().start("t-c", SHORT)).isEqualTo(Outcomes.Switched.ABSENT);
        }
        try (UnixServer server = engine("404 {\"message\":\"network t-net not found\"}")) {
            EngineException failure = catchThrowableOfType(EngineException.class,
                    () -> client(server).containers().start("t-c", SHORT));
            assertThat(failure.status()).isEqualTo(404);
            assertThat(failure.getMessage()).isEqualTo("network t-net not found");
        }
    }

    @Test
    void garbageNeverPassesForAnEmptyList() throws Exception {
        for (String answer : List.of("200 ", "200 <html>", "200 [{\"Id\":")) {
            try (UnixServer server = engine(answer)) {
                // When
                EngineException failure = catchThrowableOfType(EngineException.class,
                        () -> client(server).containers().idsWithLabel("a", "b"));

                // Then
                assertThat(failure.kind()).isEqualTo(EngineException.Kind.BROKEN);
            }
        }
    }

    @Test
    void aPullThatFailsInTheMiddleSaysWhy() throws Exception {
        // Given: status 200, the error in the stream (Podman and newer Dockers), and an error status (older Dockers)
        for (String answer : List.of(
                "200 {\"status\":\"Pulling fs layer\"}\n{\"progressDetail\":{},\"errorDetail\":{},\"error\":\"no such host\"}\n",
                "500 {\"message\":\"no such host\"}")) {
            try (UnixServer server = engine(answer)) {
                // When
                Outcomes.Pull pull = client(server).images().pull("docker.io/library/nope:1", status -> {
                }, SHORT);

                // Then
                assertThat(pull).isEqualTo(new Outcomes.Pull.Failed("no such host"));
                assertThat(server.heads().getLast())
                        .startsWith("POST /v1.41/images/create?fromImage=docker.io%2Flibrary%2Fnope%3A1 HTTP/1.1");
            }
        }
    }

    @Test
    void aProgressLineWithoutEndIsCutOff() throws Exception {
        // Given
        try (UnixServer server = new UnixServer((head, in, out) -> {
            if (head.startsWith("POST")) {
                out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                while (true) {
                    out.write(new byte[65536]);
                }
            }
            byte[] body = (head.startsWith("GET /version") ? PODMAN.substring(4) : "OK")
                    .getBytes(StandardCharsets.UTF_8);
            out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(body);
        })) {
            EngineClient client = client(server);

            // When
            EngineException failure = catchThrowableOfType(EngineException.class,
                    () -> client.images().pull("x", status -> {
                    }, SHORT));

            // Then
            assertThat(failure.kind()).isEqualTo(EngineException.Kind.BROKEN);
        }
    }

    @Test
    void everyCallIsMetered() throws Exception {
        // Given
        List<String> calls = new ArrayList<>();
        try (UnixServer server = engine("404 {}")) {
            EngineClient client = EngineClient.connect(server.address(),
                    (operation, status, nanos, mutates) -> calls
                            .add(operation + " " + status + (mutates ? " mutates" : "")));

            // When
            client.containers().find("x");
            client.volumes().remove("x");
        }

        // Then
        assertThat(calls).containsExactly("ping 200", "version 200", "container.inspect 404",
                "volume.remove 404 mutates");
    }

    @Test
    void namesAreEncoded() throws Exception {
        // Given
        try (UnixServer server = engine("404 {}")) {
            EngineClient client = client(server);

            // When
            client.images().find("localhost:5000/a b/c:1@sha256:00");

            // Then
            assertThat(server.heads().getLast())
                    .startsWith("GET /v1.41/images/localhost:5000/a%20b/c:1@sha256:00/json HTTP/1.1");
        }
    }
}
