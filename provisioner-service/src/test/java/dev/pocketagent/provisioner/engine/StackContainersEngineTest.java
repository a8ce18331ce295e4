package dev.pocketagent.provisioner.engine;

import static dev.pocketagent.provisioner.engine.StackOnEngine.SHORT;
import static dev.pocketagent.provisioner.engine.StackOnEngine.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.engine.http.EngineHttp;
import dev.pocketagent.provisioner.engine.http.Reply;
import dev.pocketagent.provisioner.engine.http.Request;
import dev.pocketagent.provisioner.plan.Planner;

/** Containers that are hard to make or to stop, on a real engine. */
@Tag("slow")
@Tag("engine")
class StackContainersEngineTest {

    @RegisterExtension
    final StackOnEngine stack = new StackOnEngine();

    @Test
    void aStoppedStackIsNoStackOutOfMemory() throws Exception {
        // Given: a program that ignores TERM
        StackSpec spec = stack.spec("""
                services:
                  job:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.5
                    command: [sh, -c, "trap '' TERM; while :; do sleep 1; done"]
                    stop_grace_period: 1s
                """);
        stack.apply(spec);
        long start = System.nanoTime();

        // When
        stack.execute(Planner.stop(spec, stack.observe()), spec);

        // Then
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(900),
                Duration.ofSeconds(8));
        assertThat(stack.container("job").state()).isEqualTo(State.EXITED);
        assertThat(stack.container("job").exitCode()).contains(137);
        assertThat(stack.container("job").outOfMemory()).isFalse();
        // And it comes back
        stack.apply(spec);
        assertThat(stack.container("job").state()).isEqualTo(State.RUNNING);
    }

    @Test
    void aPausedContainerIsStoppedToo() throws Exception {
        // Given
        StackSpec spec = stack.spec(WEB);
        stack.apply(spec);
        String web = stack.container("web").id();
        pause(web);
        assertThat(stack.container("web").state()).isEqualTo(State.PAUSED);

        // When
        stack.backend().execute(new Change.StopContainer("web", web), spec, Progress.SILENT);

        // Then
        assertThat(stack.container("web").state()).isEqualTo(State.EXITED);
    }

    private void pause(String container) throws IOException {
        new EngineHttp(stack.address()).exchange(Request.post("/v1.41/containers/" + container + "/pause"), SHORT,
                Reply::status);
    }

    @Test
    void aStrangersContainerOfTheSameNameIsLeftAlone() throws Exception {
        // Given
        StackSpec spec = stack.spec(WEB);
        var body = JsonNodeFactory.instance.objectNode().put("Image", EngineUnderTest.IMAGE);
        stack.client().containers().create(stack.id().container("web"), body, SHORT);
        stack.alsoRemove(stack.id().container("web"));

        // When
        BackendException failure = catchThrowableOfType(BackendException.class, () -> stack.apply(spec));

        // Then
        assertThat(failure.kind()).isEqualTo(BackendException.Kind.CONFLICT);
        assertThat(failure.getMessage()).contains(stack.id().container("web"), "does not belong to this stack");
        ContainerInfo stranger = stack.client().containers().find(stack.id().container("web")).orElseThrow();
        for (Change change : List.of(new Change.StopContainer("web", stranger.id()),
                new Change.RemoveContainer("web", stranger.id()),
                new Change.StartContainer("web"))) {
            assertThat(
                    catchThrowableOfType(BackendException.class,
                            () -> stack.backend().execute(change, spec, Progress.SILENT))
                            .kind())
                    .isEqualTo(BackendException.Kind.CONFLICT);
        }
        assertThat(stack.client().containers().find(stranger.id())).isPresent();
    }

    @Test
    void aMissingImageNamesTheCure() throws Exception {
        // Given
        StackSpec spec = stack.spec(WEB.replace("pocketagent/web:1", "pocketagent/web:99"));

        // When
        BackendException failure = catchThrowableOfType(BackendException.class, () -> stack.apply(spec));

        // Then
        assertThat(failure.kind()).isEqualTo(BackendException.Kind.IMAGE_MISSING);
        assertThat(failure.getMessage()).contains("localhost/pocketagent/web:99", "pull", "load",
                "deploy/engine/busybox-image.sh");
        // What was made before is found and removed again.
        stack.execute(Planner.delete(spec, stack.observe()), spec);
        assertThat(stack.observe().networks()).isEmpty();
    }
}
