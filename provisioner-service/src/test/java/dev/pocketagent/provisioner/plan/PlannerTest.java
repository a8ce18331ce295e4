package dev.pocketagent.provisioner.plan;

import static dev.pocketagent.provisioner.Stacks.parameters;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.pocketagent.provisioner.Stacks;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.backend.StackSpec;

class PlannerTest {

    private static final StackSpec WEB = Stacks.spec("web", parameters());
    private static final StackSpec THREE = Stacks.specOf("""
            services:
              app:
                image: busybox:1.37.0
                mem_limit: 64m
                cpus: 1
                depends_on: {db: {condition: service_healthy}, cache: {condition: service_started}}
                healthcheck: {test: [CMD, "true"]}
              cache: {image: busybox:1.37.0, mem_limit: 64m, cpus: 1}
              db: {image: busybox:1.37.0, mem_limit: 64m, cpus: 1, volumes: ["data:/data"], healthcheck: {test: [CMD, "true"]}}
            networks: {default: {}, back: {internal: true}}
            volumes: {data: {}}
            """);

    @Test
    void aNewStackIsBuiltInOrderAndGatedByHealth() {
        // When
        List<Change> changes = Planner.apply(THREE, new MemoryEngine().observe());

        // Then
        assertThat(changes).containsExactly(new Change.CreateNetwork("default"), new Change.CreateNetwork("back"),
                new Change.CreateVolume(
                        "data"),
                new Change.CreateContainer("db"), new Change.StartContainer("db"), new Change.CreateContainer("cache"),
                new Change.StartContainer("cache"), new Change.CreateContainer("app"), new Change.AwaitHealthy("db"),
                new Change.StartContainer("app"), new Change.AwaitHealthy("cache"), new Change.AwaitHealthy("app"));
    }

    @Test
    void theSecondApplyChangesNothing() {
        // Given
        MemoryEngine engine = new MemoryEngine();
        apply(engine, THREE);
        engine.mutations = 0;

        // When
        List<Change> changes = apply(engine, THREE);

        // Then
        assertThat(changes).isEmpty();
        assertThat(engine.mutations).isZero();
    }

    @Test
    void onlyWhatChangedIsReplaced() {
        // Given
        MemoryEngine engine = new MemoryEngine();
        apply(engine, WEB);
        StackSpec bigger = Stacks.spec("web", parameters("memoryMib", 128));

        // When
        List<Change> changes = apply(engine, bigger);

        // Then
        assertThat(changes).hasSize(3);
        assertThat(changes.getFirst()).isInstanceOf(Change.ReplaceContainer.class);
        assertThat(changes.subList(1, 3)).containsExactly(new Change.StartContainer("web"),
                new Change.AwaitHealthy("web"));
    }

    @Test
    void whateverIsFoundTheResultIsTheSpecificationAndNothingMore() {
        // Given
        Random random = new Random(11);
        String[] services = {"app", "cache", "db", "gone"};
        for (int i = 0; i < 3_000; i++) {
            MemoryEngine engine = new MemoryEngine();
            for (String name : List.of("default", "back", "old")) {
                if (random.nextBoolean()) {
                    engine.networks.put(name, name);
                }
            }
            if (random.nextBoolean()) {
                engine.volumes.put("data", "data");
            }
            for (int n = random.nextInt(6); n > 0; n--) {
                String service = services[random.nextInt(services.length)];
                var wanted = THREE.service(service);
                String name = wanted.isPresent() && random.nextBoolean()
                        ? wanted.get().containerName()
                        : "left-over-" + n;
                if (engine.containers.stream().anyMatch(c -> c.name().equals(name))) {
                    continue;
                }
                String hash = wanted.isPresent() && random.nextBoolean() ? wanted.get().hash() : "old";
                engine.add(service, name, hash, State.values()[random.nextInt(State.values().length)],
                        HealthState.values()[random.nextInt(
                                HealthState.values().length)]);
            }

            // When
            apply(engine, THREE);

            // Then
            assertThat(engine.containers).hasSize(3).allSatisfy(c -> {
                assertThat(c.state()).isEqualTo(State.RUNNING);
                assertThat(c.specHash()).isEqualTo(THREE.service(c.service()).orElseThrow().hash());
            });
            assertThat(engine.networks).containsOnlyKeys("default", "back");
            assertThat(Planner.apply(THREE, engine.observe())).noneMatch(Change::mutates);
        }
    }

    @Test
    void aCrashAfterAnyStepIsFinishedByTheNextApply() {
        // Given
        int steps = Planner.apply(THREE, new MemoryEngine().observe()).size();
        for (int crashAfter = 0; crashAfter < steps; crashAfter++) {
            MemoryEngine engine = new MemoryEngine();
            Planner.apply(THREE, engine.observe()).stream().limit(crashAfter)
                    .forEach(change -> engine.execute(change, THREE));

            // When
            apply(engine, THREE);

            // Then
            assertThat(engine.containers).hasSize(3).allMatch(c -> c.state() == State.RUNNING);
            assertThat(engine.mutations)
                    .isEqualTo((int) Planner.apply(THREE, new MemoryEngine().observe()).stream().filter(Change::mutates)
                            .count());
        }
    }

    @Test
    void stoppingKeepsContainersAndApplyingStartsThemAgain() {
        // Given
        MemoryEngine engine = new MemoryEngine();
        apply(engine, THREE);

        // When
        List<Change> stops = Planner.stop(THREE, engine.observe());
        stops.forEach(change -> engine.execute(change, THREE));

        // Then
        assertThat(stops).extracting(Change::part).containsExactly("app", "cache", "db");
        assertThat(Planner.stop(THREE, engine.observe())).isEmpty();
        assertThat(Planner.apply(THREE, engine.observe()).stream().filter(Change::mutates)).hasSize(3).allMatch(
                Change.StartContainer.class::isInstance);
    }

    @Test
    void deletingLeavesNothing() {
        // Given
        MemoryEngine engine = new MemoryEngine();
        apply(engine, THREE);
        engine.add("gone", "left-over", "old", State.RUNNING, HealthState.NONE);

        // When
        Planner.delete(THREE, engine.observe()).forEach(change -> engine.execute(change, THREE));

        // Then
        assertThat(engine.containers).isEmpty();
        assertThat(engine.networks).isEmpty();
        assertThat(engine.volumes).isEmpty();
        assertThat(Planner.delete(THREE, engine.observe())).isEmpty();
    }

    @Test
    void aBundleIsWrittenWhenItsHashDiffers() {
        // When / Then
        assertThat(Planner.apply(WEB, new Observed.Bundle("/b", Optional.empty())))
                .containsExactly(new Change.WriteBundle("demo"));
        assertThat(Planner.apply(WEB, new Observed.Bundle("/b", Optional.of("old"))))
                .containsExactly(new Change.WriteBundle("demo"));
        assertThat(Planner.apply(WEB, new Observed.Bundle("/b", Optional.of(WEB.hash())))).isEmpty();
        assertThat(Planner.delete(WEB, new Observed.Bundle("/b", Optional.empty())))
                .containsExactly(new Change.RemoveBundle("demo"));
    }

    private static List<Change> apply(MemoryEngine engine, StackSpec spec) {
        List<Change> changes = Planner.apply(spec, engine.observe());
        changes.forEach(change -> engine.execute(change, spec));
        return changes;
    }
}
