package dev.pocketagent.provisioner.engine.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.provisioner.engine.EngineUnderTest;
import dev.pocketagent.provisioner.engine.api.Outcomes.ContainerCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.NetworkCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.Pull;
import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.api.Outcomes.Switched;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.EngineHttp;
import dev.pocketagent.provisioner.engine.http.Request;
import dev.pocketagent.provisioner.engine.http.Waiting;

/** Each call as a real engine answers it, the bad cases first. */
@Tag("slow")
@Tag("engine")
class EngineClientEngineTest {

    private static final Waiting SHORT = Waiting.atMost(Duration.ofSeconds(30));

    private final String mark = "pa-client-" + UUID.randomUUID().toString().substring(0, 8);
    private EngineClient client;

    @BeforeEach
    void connect() throws Exception {
        client = EngineClient.connect(EngineUnderTest.require(), CallMeter.NONE);
        EngineUnderTest.requireImage(client);
    }

    @AfterEach
    void removeEverything() throws EngineException {
        if (client != null) {
            client.removeContainer(mark, true, SHORT);
            client.removeNetwork(mark);
            client.removeVolume(mark);
        }
    }

    private ObjectNode body(String... command) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("Image", EngineUnderTest.IMAGE);
        List.of(command).forEach(body.withArray("Cmd")::add);
        body.putObject("Labels").put("mark", mark);
        // The defaults of a host without CAP_SYS_RESOURCE would not do.
        for (String limit : List.of("nofile", "nproc")) {
            body.withObject("HostConfig").withArray("Ulimits").addObject().put("Name", limit).put("Soft", 4096)
                    .put("Hard", 4096);
        }
        return body;
    }

    private String create(String... command) throws EngineException {
        ContainerCreation creation = client.createContainer(mark, body(command), SHORT);
        assertThat(creation).isInstanceOf(ContainerCreation.Created.class);
        return ((ContainerCreation.Created) creation).id();
    }

    @Test
    void whatIsNotThereIsAbsentAndNoError() throws Exception {
        assertThat(client.container(mark)).isEmpty();
        assertThat(client.network(mark)).isEmpty();
        assertThat(client.volume(mark)).isEmpty();
        assertThat(client.image("localhost/" + mark + ":1")).isEmpty();
        assertThat(client.start(mark, SHORT)).isEqualTo(Switched.ABSENT);
        assertThat(client.stop(mark, Duration.ofSeconds(1), SHORT)).isEqualTo(Switched.ABSENT);
        assertThat(client.kill(mark, "KILL")).isEqualTo(Switched.ABSENT);
        assertThat(client.removeContainer(mark, true, SHORT)).isEqualTo(new Removal.Absent());
        assertThat(client.removeNetwork(mark)).isEqualTo(new Removal.Absent());
        assertThat(client.removeVolume(mark)).isEqualTo(new Removal.Absent());
        assertThat(client.containers("mark", mark)).isEmpty();
        assertThat(client.networks("mark", mark)).isEmpty();
        assertThat(client.volumes("mark", mark)).isEmpty();
        assertThat(catchThrowableOfType(EngineException.class, () -> client.logs(mark, 5)).status()).isEqualTo(404);
        assertThat(catchThrowableOfType(EngineException.class, () -> client.execute(mark, List.of("true"), SHORT))
                .status()).isEqualTo(404);
    }

    @Test
    void aContainersLife() throws Exception {
        // Created
        String id = create("sh", "-c", "echo to-out; echo to-err >&2; exec sleep 300");
        assertThat(client.containers("mark", mark)).containsExactly(id);
        assertThat(client.container(id).orElseThrow().fresh()).isTrue();
        assertThat(client.createContainer(mark, body(), SHORT)).isInstanceOf(ContainerCreation.NameTaken.class);

        // Running
        assertThat(client.start(id, SHORT)).isEqualTo(Switched.DONE);
        assertThat(client.start(id, SHORT)).isEqualTo(Switched.ALREADY);
        assertThat(client.container(mark).orElseThrow().running()).isTrue();
        for (int i = 0; i < 50 && client.logs(id, 5).size() < 2; i++) {
            Thread.sleep(100);
        }
        assertThat(client.logs(id, 5)).containsExactlyInAnyOrder("to-out", "to-err");
        assertThat(client.logs(id, 1)).hasSize(1);
        assertThat(client.usage(id).processes()).isPositive();
        assertThat(client.execute(id, List.of("sh", "-c", "echo out; echo err >&2; exit 7"), SHORT))
                .satisfies(execution -> assertThat(execution.exitCode()).isEqualTo(7))
                .satisfies(execution -> assertThat(execution.output().lines()).containsExactlyInAnyOrder("out", "err"));
        assertThat(client.execute(id, List.of("no-such-program"), SHORT).exitCode()).isIn(126, 127);
        EngineException slow = catchThrowableOfType(EngineException.class,
                () -> client.execute(id, List.of("sleep", "5"), Waiting.atMost(Duration.ofSeconds(1))));
        assertThat(slow.kind()).isEqualTo(EngineException.Kind.TIMEOUT);

        // Ended
        assertThat(client.kill(id, "KILL")).isEqualTo(Switched.DONE);
        for (int i = 0; i < 50 && client.container(id).orElseThrow().running(); i++) {
            Thread.sleep(100);
        }
        assertThat(client.container(id).orElseThrow().status()).isEqualTo("exited");
        assertThat(client.container(id).orElseThrow().exitCode()).isEqualTo(137);
        assertThat(client.kill(id, "KILL")).isEqualTo(Switched.ALREADY);
        assertThat(client.stop(id, Duration.ofSeconds(1), SHORT)).isIn(Switched.ALREADY, Switched.DONE);
        assertThat(client.removeContainer(id, false, SHORT)).isEqualTo(new Removal.Removed());
        assertThat(client.container(id)).isEmpty();
    }

    @Test
    void aMissingProgramIsSaidAtTheStart() throws Exception {
        // Given
        String id = create("no-such-program");

        // When
        EngineException failure = catchThrowableOfType(EngineException.class, () -> client.start(id, SHORT));

        // Then
        assertThat(failure.kind()).isEqualTo(EngineException.Kind.REFUSED);
        assertThat(failure.getMessage()).contains("no-such-program");
    }

    @Test
    void networksAndVolumesInUseAreNotRemoved() throws Exception {
        // Given
        String subnet = "10.214.77.0/28";
        assertThat(client.createNetwork(mark, subnet, true, Map.of("mark", mark)))
                .isInstanceOf(NetworkCreation.Created.class);
        client.createVolume(mark, Map.of("mark", mark));
        ObjectNode body = body("sleep", "300");
        body.withObject("HostConfig").put("NetworkMode", mark).withArray("Mounts").addObject().put("Type", "volume")
                .put("Source", mark)
                .put("Target", "/x");
        client.createContainer(mark, body, SHORT);
        client.start(mark, SHORT);

        // Then
        assertThat(client.createNetwork(mark, "10.214.78.0/28", true, Map.of()))
                .isInstanceOf(NetworkCreation.NameTaken.class);
        assertThat(client.createNetwork(mark + "2", subnet, true, Map.of()))
                .isInstanceOf(NetworkCreation.SubnetTaken.class);
        assertThat(client.networks("mark", mark)).singleElement()
                .satisfies(network -> assertThat(network.subnets()).containsExactly(subnet));
        assertThat(client.volumes("mark", mark)).extracting(VolumeInfo::name).containsExactly(mark);
        assertThat(client.removeNetwork(mark)).isInstanceOf(Removal.InUse.class);
        assertThat(client.removeVolume(mark)).isInstanceOf(Removal.InUse.class);
        client.removeContainer(mark, true, SHORT);
        assertThat(client.removeNetwork(mark)).isEqualTo(new Removal.Removed());
        assertThat(client.removeVolume(mark)).isEqualTo(new Removal.Removed());
    }

    @Test
    void aSavedImageIsLoadedAndGarbageIsNot(@TempDir Path directory) throws Exception {
        // Given
        Path saved = directory.resolve("image.tar");
        new EngineHttp(client.address()).exchange(Request.get("/v1.41/images/" + EngineUnderTest.IMAGE + "/get"), SHORT,
                reply -> {
                    try {
                        return Files.copy(reply.body(), saved);
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
        Path garbage = Files.write(directory.resolve("garbage"), "no archive".getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(client.load(saved, SHORT)).isEqualTo(new Pull.Pulled());
        assertThat(client.load(garbage, SHORT)).isInstanceOf(Pull.Failed.class);
    }

    @Test
    void aPullThatCannotWorkSaysWhy() throws Exception {
        // When: no registry listens there
        List<String> said = new ArrayList<>();
        Pull pull = client.pull("127.0.0.1:1/nothing:1", said::add, SHORT);

        // Then
        assertThat(pull).isInstanceOfSatisfying(Pull.Failed.class,
                failed -> assertThat(failed.reason()).contains("127.0.0.1:1"));
    }

    @Test
    void theHostIsDescribed() throws Exception {
        // When
        HostInfo host = client.info();

        // Then
        assertThat(host.cores()).isPositive();
        assertThat(host.memoryBytes()).isGreaterThan(100L * 1024 * 1024);
    }
}
