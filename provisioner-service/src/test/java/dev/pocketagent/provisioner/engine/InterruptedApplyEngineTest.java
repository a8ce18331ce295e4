package dev.pocketagent.provisioner.engine;

import static dev.pocketagent.provisioner.engine.StackOnEngine.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.plan.Planner;

/** Workers that die, meet each other or must stop leave a stack that the next one finishes, on a real engine. */
@Tag("slow")
@Tag("engine")
class InterruptedApplyEngineTest {

    @RegisterExtension
    final StackOnEngine stack = new StackOnEngine();

    @Test
    void anApplyCutAnywhereIsFinishedByTheNextWithoutOrphansOrDoubles() throws Exception {
        // Given: the number of calls that the engine is asked for in a whole apply
        StackSpec spec = stack.spec(WEB);
        stack.apply(spec);
        int most = (int) stack.mutations.sum();
        stack.removeEverything();

        for (int survived = 0; survived < most; survived++) {
            // When: the worker dies before its (survived + 1)st mutating call
            int left = survived;
            AtomicInteger budget = new AtomicInteger(left);
            EngineBackend dying = new EngineBackend(EngineSettings.at(Optional.of(stack.address().toString())),
                    Map.of(),
                    (operation, status, nanos, mutates) -> {
                        if (mutates && budget.decrementAndGet() < 0) {
                            throw new Killed();
                        }
                    }, Clock.systemUTC());
            try {
                for (Change change : Planner.apply(spec, dying.observe(stack.id()))) {
                    dying.execute(change, spec, Progress.SILENT);
                }
            } catch (Killed killed) {
                assertThat(budget.get()).isNegative();
            }
            stack.restartBackend();
            stack.apply(spec);

            // Then
            assertThat(stack.observe().containers()).as("after %s calls", survived).hasSize(1);
            assertThat(stack.observe().networks()).hasSize(1);
            assertThat(stack.observe().volumes()).hasSize(2);
            assertThat(stack.container("web").health()).isEqualTo(HealthState.HEALTHY);
            assertThat(Planner.apply(spec, stack.observe())).isEmpty();
            assertThat(stack.inside("web", "touch /data/x /srv/other/x && echo yes")).isEqualTo("0:yes");
            stack.removeEverything();
        }
    }

    /** Thrown after a call was made, as if the process had died before it could note the answer. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @Test
    void twoWorkersAtOnceMakeOneStack() throws Exception {
        // Given
        StackSpec spec = stack.spec(WEB);
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            EngineBackend own = stack.newBackend();
            workers.add(Thread.ofPlatform().unstarted(() -> {
                for (int round = 0; round < 10; round++) {
                    try {
                        List<Change> changes = Planner.apply(spec, own.observe(stack.id()));
                        for (Change change : changes) {
                            own.execute(change, spec, Progress.SILENT);
                        }
                        if (changes.isEmpty()) {
                            return;
                        }
                    } catch (BackendException e) {
                        // What a runner does: a conflict is planned anew.
                        if (!e.retryable()) {
                            failures.add(e);
                            return;
                        }
                    }
                }
                failures.add(new AssertionError("it did not settle"));
            }));
        }

        // When
        workers.forEach(Thread::start);
        for (Thread worker : workers) {
            worker.join();
        }

        // Then
        assertThat(failures).isEmpty();
        assertThat(stack.observe().containers()).hasSize(1);
        assertThat(stack.observe().networks()).hasSize(1);
    }

    @Test
    void whoeverMustStopStopsWithinASecond() throws Exception {
        // Given: a container that takes 20 s to stop, and a worker that is told to go after 1 s
        StackSpec spec = stack.spec("""
                services:
                  job:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.5
                    command: [sh, -c, "trap '' TERM; while :; do sleep 1; done"]
                    stop_grace_period: 20s
                """);
        stack.apply(spec);
        String job = stack.container("job").id();
        long start = System.nanoTime();
        Progress impatient = new Progress() {
            @Override
            public void note(String message) {
                // nobody listens
            }

            @Override
            public void proceed() throws BackendException {
                if (System.nanoTime() - start > 1_000_000_000L) {
                    throw new BackendException(BackendException.Kind.STOPPED, "the lease was lost");
                }
            }
        };

        // When
        BackendException failure = catchThrowableOfType(BackendException.class,
                () -> stack.backend().execute(new Change.StopContainer("job", job), spec, impatient));

        // Then
        assertThat(failure).hasMessage("the lease was lost");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
    }
}
