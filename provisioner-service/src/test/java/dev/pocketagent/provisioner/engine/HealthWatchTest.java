package dev.pocketagent.provisioner.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.backend.ServiceSpec.Probe;

class HealthWatchTest {

    private static final Health HEALTH = new Health(new Probe.Http(8080, "/"), List.of("true"), Duration.ofSeconds(10),
            Duration.ofSeconds(2), 3, Duration.ofSeconds(30));
    private static final HealthWatch.Key KEY = new HealthWatch.Key("c1", Instant.EPOCH);
    private static final Duration OLD = Duration.ofHours(1);

    private long seconds = 1000;
    private final HealthWatch watch = new HealthWatch(() -> Duration.ofSeconds(seconds).toNanos());

    private HealthState heard(boolean well, Duration age) {
        return watch.heard(KEY, HEALTH, well, age);
    }

    @Test
    void oneGoodAnswerIsHealthyAndOneBadOneDoesNotTakeThatBack() {
        assertThat(heard(true, OLD)).isEqualTo(HealthState.HEALTHY);
        assertThat(heard(false, OLD)).isEqualTo(HealthState.HEALTHY);
        seconds += 10;
        assertThat(heard(false, OLD)).isEqualTo(HealthState.HEALTHY);
        seconds += 10;
        assertThat(heard(false, OLD)).isEqualTo(HealthState.UNHEALTHY);
        assertThat(heard(true, OLD)).isEqualTo(HealthState.HEALTHY);
    }

    @Test
    void goodAnswersInBetweenStartTheCountAnew() {
        for (int i = 0; i < 20; i++) {
            assertThat(heard(i % 3 == 0, OLD)).isEqualTo(HealthState.HEALTHY);
            seconds += 10;
        }
    }

    @Test
    void badAnswersOfTheStartPeriodDoNotCount() {
        for (int i = 0; i < 10; i++) {
            assertThat(heard(false, Duration.ofSeconds(29))).isEqualTo(HealthState.STARTING);
            seconds += 10;
        }
        assertThat(heard(false, Duration.ofSeconds(30))).isEqualTo(HealthState.STARTING);
        seconds += 10;
        assertThat(heard(false, OLD)).isEqualTo(HealthState.STARTING);
        seconds += 10;
        assertThat(heard(false, OLD)).isEqualTo(HealthState.UNHEALTHY);
    }

    @Test
    void manyLooksInASecondAreNotManyFailures() {
        heard(true, OLD);
        for (int i = 0; i < 100; i++) {
            assertThat(heard(false, OLD)).isEqualTo(HealthState.HEALTHY);
        }
    }

    @Test
    void aVerdictIsReusedForASecondAndAnotherStartIsAnotherRun() {
        heard(true, OLD);
        assertThat(watch.recent(KEY, HEALTH)).isEqualTo(HealthState.HEALTHY);
        assertThat(watch.recent(new HealthWatch.Key("c1", Instant.EPOCH.plusSeconds(1)), HEALTH)).isNull();
        seconds += 1;
        assertThat(watch.recent(KEY, HEALTH)).isNull();
    }

    @Test
    void aCommandIsNotRunMoreOftenThanItsInterval() {
        // Given
        Health exec = new Health(new Probe.Exec(List.of("true")), List.of("true"), Duration.ofSeconds(10),
                Duration.ofSeconds(2), 3,
                Duration.ZERO);
        watch.heard(KEY, exec, true, OLD);

        // When
        seconds += 9;

        // Then
        assertThat(watch.recent(KEY, exec)).isEqualTo(HealthState.HEALTHY);
        seconds += 1;
        assertThat(watch.recent(KEY, exec)).isNull();
    }

    @Test
    void theRuleSurvivesItsLabel() {
        for (Probe probe : List.of(new Probe.Http(8080, "/a?b=c"), new Probe.Tcp(5),
                new Probe.Exec(List.of("sh", "-c", "echo \"x\" 'y'")))) {
            Health health = new Health(probe, List.of("wget", "-q", "http://127.0.0.1"), Duration.ofMillis(1500),
                    Duration.ofSeconds(2), 4,
                    Duration.ZERO);
            assertThat(HealthRule.read(HealthRule.write(health))).contains(health);
        }
        for (String other : List.of("", " ", "{", "[]", "{\"dns\":{}}", "null", "7")) {
            assertThat(HealthRule.read(other)).as(other).isEmpty();
        }
    }
}
