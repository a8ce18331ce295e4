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
            client.containers().remove(mark, true, SHORT);
            client.networks().remove(mark);
            client.volumes().remove(mark);
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
        ContainerCreation creation = client.containers().create(mark, body(command), SHORT);
        assertThat(creation).isInstanceOf(ContainerCreation.Created.class);
        return ((ContainerCreation.Created) creation).id();
    }

    @Test
    void whatIsNotThereIsAbsentAndNoError() throws Exception {
        assertThat(client.containers().find(mark)).isEmpty();
        assertThat(client.networks().find(mark)).isEmpty();
        assertThat(client.volumes().find(mark)).isEmpty();
        assertThat(client.images().find("localhost/" + mark + ":1")).isEmpty();
        assertThat(client.containers().start(mark, SHORT)).isEqualTo(Switched.ABSENT);
        assertThat(client.containers().stop(mark, Duration.ofSeconds(1), SHORT)).isEqualTo(Switched.ABSENT);
        assertThat(client.containers().kill(mark, "KILL")).isEqualTo(Switched.ABSENT);
        assertThat(client.containers().remove(mark, true, SHORT)).isEqualTo(new Removal.Absent());
        assertThat(client.networks().remove(mark)).isEqualTo(new Removal.Absent());
        assertThat(client.volumes().remove(mark)).isEqualTo(new Removal.Absent());
        assertThat(client.containers().idsWithLabel("mark", mark)).isEmpty();
        assertThat(client.networks().withLabel("mark", mark)).isEmpty();
        assertThat(client.volumes().withLabel("mark", mark)).isEmpty();
        assertThat(catchThrowableOfType(EngineException.class, () -> client.containers().logs(mark, 5)).status())
                .isEqualTo(404);
        assertThat(catchThrowableOfType(EngineException.class,
                () -> client.containers().execute(mark, List.of("true"), SHORT))
                .status()).isEqualTo(404);
    }

    @Test
    void aContainersLife() throws Exception {
        // Created
        String id = create("sh", "-c", "echo to-out; echo to-err >&2; exec sleep 300");
        assertThat(client.containers().idsWithLabel("mark", mark)).containsExactly(id);
        assertThat(client.containers().find(id).orElseThrow().fresh()).isTrue();
        assertThat(client.containers().create(mark, body(), SHORT)).isInstanceOf(ContainerCreation.NameTaken.class);

        // Running
        assertThat(client.containers().start(id, SHORT)).isEqualTo(Switched.DONE);
        assertThat(client.containers().start(id, SHORT)).isEqualTo(Switched.ALREADY);
        assertThat(client.containers().find(mark).orElseThrow().running()).isTrue();
        for (int i = 0; i < 50 && client.containers().logs(id, 5).size() < 2; i++) {
            Thread.sleep(100);
        }
        assertThat(client.containers().logs(id, 5)).containsExactlyInAnyOrder("to-out", "to-err");
        assertThat(client.containers().logs(id, 1)).hasSize(1);
        assertThat(client.containers().usage(id).processes()).isPositive();
        assertThat(client.containers().execute(id, List.of("sh", "-c", "echo out; echo err >&2; exit 7"), SHORT))
                .satisfies(execution -> assertThat(execution.exitCode()).isEqualTo(7))
                .satisfies(execution -> assertThat(execution.output().lines()).containsExactlyInAnyOrder("out", "err"));
        assertThat(client.containers().execute(id, List.of("no-such-program"), SHORT).exitCode()).isIn(126, 127);
        EngineException slow = catchThrowableOfType(EngineException.class,
                () -> client.containers().execute(id, List.of("sleep", "5"), Waiting.atMost(Duration.ofSeconds(1))));
        assertThat(slow.kind()).isEqualTo(EngineException.Kind.TIMEOUT);

        // Ended
        assertThat(client.containers().kill(id, "KILL")).isEqualTo(Switched.DONE);
        for (int i = 0; i < 50 && client.containers().find(id).orElseThrow().running(); i++) {
            Thread.sleep(100);
        }
        assertThat(client.containers().find(id).orElseThrow().status()).isEqualTo("exited");
        assertThat(client.containers().find(id).orElseThrow().exitCode()).isEqualTo(137);
        assertThat(client.containers().kill(id, "KILL")).isEqualTo(Switched.ALREADY);
        assertThat(client.containers().stop(id, Duration.ofSeconds(1), SHORT)).isIn(Switched.ALREADY, Switched.DONE);
        assertThat(client.containers().remove(id, false, SHORT)).isEqualTo(new Removal.Removed());
        assertThat(client.containers().find(id)).isEmpty();
    }

    @Test
    void aMissingProgramIsSaidAtTheStart() throws Exception {
        // Given
        String id = create("no-such-program");

        // When
        EngineException failure = catchThrowableOfType(EngineException.class,
                () -> client.containers().start(id, SHORT));

        // Then
        assertThat(failure.kind()).isEqualTo(EngineException.Kind.REFUSED);
        assertThat(failure.getMessage()).contains("no-such-program");
    }

    @Test
    void networksAndVolumesInUseAreNotRemoved() throws Exception {
        // Given
        String subnet = "10.214.77.0/28";
        assertThat(client.networks().create(mark, subnet, true, Map.of("mark", mark)))
                .isInstanceOf(NetworkCreation.Created.class);
        client.volumes().create(mark, Map.of("mark", mark));
        ObjectNode body = body("sleep", "300");
        body.withObject("HostConfig").put("NetworkMode", mark).withArray("Mounts").addObject().put("Type", "volume")
                .put("Source", mark)
                .put("Target", "/x");
        client.containers().create(mark, body, SHORT);
        client.containers().start(mark, SHORT);

        // Then
        assertThat(client.networks().create(mark, "10.214.78.0/28", true, Map.of()))
                .isInstanceOf(NetworkCreation.NameTaken.class);
        assertThat(client.networks().create(mark + "2", subnet, true, Map.of()))
                .isInstanceOf(NetworkCreation.SubnetTaken.class);
        assertThat(client.networks().withLabel("mark", mark)).singleElement()
                .satisfies(network -> assertThat(network.subnets()).containsExactly(subnet));
        assertThat(client.volumes().withLabel("mark", mark)).extracting(VolumeInfo::name).containsExactly(mark);
        assertThat(client.networks().remove(mark)).isInstanceOf(Removal.InUse.class);
        assertThat(client.volumes().remove(mark)).isInstanceOf(Removal.InUse.class);
        client.containers().remove(mark, true, SHORT);
        assertThat(client.networks().remove(mark)).isEqualTo(new Removal.Removed());
        assertThat(client.volumes().remove(mark)).isEqualTo(new Removal.Removed());
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
        assertThat(client.images().load(saved, SHORT)).isEqualTo(new Pull.Pulled());
        assertThat(client.images().load(garbage, SHORT)).isInstanceOf(Pull.Failed.class);
    }

    @Test
    void aPullThatCannotWorkSaysWhy() throws Exception {
        // When: no registry listens there
        List<String> said = new ArrayList<>();
        Pull pull = client.images().pull("127.0.0.1:1/nothing:1", said::add, SHORT);

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
