package dev.pocketagent.provisioner.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.Backend;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.backend.StackSpec;

class BackendsTest {

    private static final Availability UP = new Availability.Available("Podman 4.3.1 at /run/podman/podman.sock");
    private static final Availability DOWN = new Availability.Unavailable("no socket answers",
            "start Docker or Podman");

    @Test
    void autoTakesTheEngineThatAnswers() {
        // When
        Backends.Choice choice = backends("auto", UP, UP).choose(null);

        // Then
        assertThat(choice.backend().name()).isEqualTo("engine");
        assertThat(choice.reason()).contains("Podman 4.3.1");
    }

    @Test
    void autoFallsBackToTheBundleAndSaysWhy() {
        // When
        Backends.Choice choice = backends("auto", DOWN, UP).choose("auto");

        // Then
        assertThat(choice.backend().name()).isEqualTo("bundle");
        assertThat(choice.reason()).contains("no socket answers", "start Docker or Podman", "bundle");
    }

    @Test
    void whatIsAskedForIsNeverReplacedSilently() {
        // Given
        Backends backends = backends("auto", DOWN, UP);

        // When / Then
        assertThatThrownBy(() -> backends.choose("engine")).isInstanceOfSatisfying(ProblemException.class, e -> {
            assertThat(e.type().code()).isEqualTo("backend_unavailable");
            assertThat(e.detail()).contains("no socket answers", "start Docker or Podman");
        });
        assertThatThrownBy(() -> backends.choose("moon")).isInstanceOfSatisfying(ProblemException.class,
                e -> assertThat(e.type().status())
                        .isEqualTo(400));
    }

    @Test
    void theOperatorsChoiceHoldsUnlessTheCallerNamesAnother() {
        // Given
        Backends backends = backends("bundle", UP, UP);

        // When / Then
        assertThat(backends.choose(null).backend().name()).isEqualTo("bundle");
        assertThat(backends.choose("engine").backend().name()).isEqualTo("engine");
        assertThatThrownBy(() -> backends("mooon", UP, UP).choose(null)).isInstanceOfSatisfying(ProblemException.class,
                e -> assertThat(e
                        .type().code()).isEqualTo("backend_unavailable"));
    }

    private static Backends backends(String configured, Availability engine, Availability bundle) {
        return new Backends(List.of(new Fixed("engine", engine), new Fixed("bundle", bundle)), new StackConfig() {
            @Override
            public String backend() {
                return configured;
            }

            @Override
            public Path bundleDir() {
                return Path.of("bundles");
            }

            @Override
            public List<String> images() {
                return List.of();
            }

            @Override
            public Map<String, Map<String, String>> defaults() {
                return Map.of();
            }
        });
    }

    /** Only asked who it is and whether it answers: choosing uses nothing. */
    private record Fixed(String name, Availability availability) implements Backend {
        @Override
        public Observed observe(StackId stack) {
            throw new AssertionError("choosing a backend must not use it");
        }

        @Override
        public void execute(Change change, StackSpec spec, Progress progress) {
            throw new AssertionError("choosing a backend must not use it");
        }

        @Override
        public List<String> logs(StackId stack, String service, int lines) {
            throw new AssertionError("choosing a backend must not use it");
        }
    }
}
