package dev.pocketagent.provisioner.engine;

import static dev.pocketagent.provisioner.engine.StackOnEngine.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.http.Waiting;

/** Waiting for health on a real engine, and what is said of services that do not get there. */
@Tag("slow")
@Tag("engine")
class HealthWaitEngineTest {

    @RegisterExtension
    final StackOnEngine stack = new StackOnEngine();

    @Test
    void whatDependsOnHealthStartsOnlyThen() throws Exception {
        // Given: the database "listens" after 2 s
        StackSpec spec = stack.spec("""
                services:
                  app:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.25
                    command: [sleep, "300"]
                    stop_grace_period: 1s
                    depends_on: {db: {condition: service_healthy}}
                  db:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.25
                    command: [sh, -c, "sleep 2; exec httpd -f -p 5432 -h /tmp"]
                    stop_grace_period: 1s
                    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:5432/"], interval: 1s, timeout: 2s, retries: 10}
                    x-pocket-probe: {tcp: {port: 5432}}
                """);

        // When
        stack.apply(spec);

        // Then
        Observed.Container db = stack.container("db");
        Observed.Container app = stack.container("app");
        assertThat(Duration.between(db.startedAt().orElseThrow(), app.startedAt().orElseThrow()))
                .isGreaterThan(Duration.ofMillis(1900));
        assertThat(db.health()).isEqualTo(HealthState.HEALTHY);
        assertThat(app.health()).isEqualTo(HealthState.NONE);
        // They know each other by name.
        assertThat(stack.inside("app", "nslookup db")).contains(db.address().orElseThrow());
    }

    @Test
    void aCommandInsideIsAProbeToo() throws Exception {
        // Given
        StackSpec spec = stack.spec("""
                services:
                  job:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.5
                    command: [sh, -c, "sleep 1; touch /tmp/ready; sleep 300"]
                    stop_grace_period: 1s
                    healthcheck: {test: [CMD, test, -f, /tmp/ready], interval: 1s, timeout: 5s, retries: 3}
                """);

        // When
        stack.apply(spec);

        // Then
        assertThat(stack.container("job").health()).isEqualTo(HealthState.HEALTHY);
        stack.inside("job", "rm /tmp/ready");
        for (int i = 0; i < 40 && stack.container("job").health() == HealthState.HEALTHY; i++) {
            Thread.sleep(500);
        }
        assertThat(stack.container("job").health()).isEqualTo(HealthState.UNHEALTHY);
    }

    @Test
    void whatNeverGetsHealthySaysWhy() throws Exception {
        // Given
        StackSpec spec = stack.spec(WEB.replace("retries: 20", "retries: 1").replace("path: /}", "path: /nothing}"));

        // When
        BackendException failure = catchThrowableOfType(BackendException.class, () -> stack.apply(spec));

        // Then
        assertThat(failure.kind()).isEqualTo(BackendException.Kind.UNHEALTHY);
        assertThat(failure.getMessage()).contains("web did not become healthy within 3.0 s",
                ":8080/nothing answered 404");
    }

    @Test
    void whatEndsSaysHowAndWhatItWroteLast() throws Exception {
        // Given
        StackSpec spec = stack.spec("""
                services:
                  job:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.5
                    command: [sh, -c, "echo no configuration found; exit 3"]
                    restart: on-failure:2
                    healthcheck: {test: [CMD, "true"], interval: 1s, timeout: 2s, retries: 30}
                    x-pocket-probe: {tcp: {port: 1}}
                """);

        // When
        BackendException failure = catchThrowableOfType(BackendException.class, () -> stack.apply(spec));

        // Then
        assertThat(failure.kind()).isEqualTo(BackendException.Kind.UNHEALTHY);
        assertThat(failure.getMessage()).contains("job ended with exit code 3 after 2 restarts",
                "no configuration found");
        assertThat(stack.container("job").exitCode()).contains(3);
        assertThat(stack.container("job").restarts()).isEqualTo(2);
        assertThat(stack.backend().logs(stack.id(), "job", 2)).containsExactly("no configuration found",
                "no configuration found");
    }

    @Test
    void tooMuchMemoryIsNoticed() throws Exception {
        // Given
        StackSpec spec = stack.spec("""
                services:
                  job:
                    image: localhost/pocketagent/web:1
                    mem_limit: 16m
                    cpus: 1
                    restart: on-failure:1
                    command: [sh, -c, "exec tail /dev/zero"]
                    healthcheck: {test: [CMD, "true"], interval: 1s, timeout: 2s, retries: 30}
                    x-pocket-probe: {tcp: {port: 1}}
                """);

        // When
        BackendException failure = catchThrowableOfType(BackendException.class, () -> stack.apply(spec));

        // Then
        assertThat(failure.getMessage()).contains("16 MiB of memory");
        assertThat(stack.container("job").outOfMemory()).isTrue();
    }
}
