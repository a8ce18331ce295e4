package dev.pocketagent.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Processes that die: seen, told, and brought back with nothing lost. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FaultsIT {

    private static final List<String> ALL = List.of("registry", "provisioner", "router", "sync", "postgres");

    private Suite suite;

    @BeforeAll
    void up() throws Exception {
        suite = new Suite();
        suite.run("up");
    }

    @AfterAll
    void down() throws Exception {
        suite.close();
    }

    private void kill(String part) throws Exception {
        ProcessHandle process = ProcessHandle.of(suite.pid(part)).orElseThrow();
        process.destroyForcibly();
        await().atMost(Duration.ofSeconds(10)).until(() -> !process.isAlive());
    }

    private String status(String service) throws Exception {
        return suite.exchange("GET", "", suite.managementUrl(service) + "/q/health/ready", "").status() == 200
                ? "ready"
                : "not ready";
    }

    @Test
    @Order(1)
    void aKilledServiceIsSeenAndUpBringsBackJustThatOne() throws Exception {
        suite.run("tenant", "create", "kept", "--plan", "team");
        for (String victim : List.of("router", "registry")) {
            List<Long> before = List.of(suite.pid("registry"), suite.pid("provisioner"), suite.pid("router"),
                    suite.pid("sync"), suite.pid("postgres"));
            kill(victim);

            Suite.Run seen = suite.pocket("status");
            assertThat(seen.exit()).as(seen.out()).isNotZero();
            assertThat(seen.out() + seen.err()).contains(victim);
            suite.run("up");

            suite.run("status");
            for (int i = 0; i < 5; i++) {
                if (ALL.get(i).equals(victim)) {
                    assertThat(suite.pid(ALL.get(i))).isNotEqualTo(before.get(i));
                } else {
                    assertThat(suite.pid(ALL.get(i))).as(ALL.get(i)).isEqualTo(before.get(i));
                }
            }
        }
        assertThat(suite.run("tenant", "list", "-o", "json").out()).contains("kept");
    }

    @Test
    @Order(2)
    void upOnARunningSuiteChangesNothing() throws Exception {
        List<Long> before = List.of(suite.pid("registry"), suite.pid("postgres"));
        suite.run("up");
        assertThat(List.of(suite.pid("registry"), suite.pid("postgres"))).isEqualTo(before);
    }

    @Test
    @Order(3)
    void whenTheDatabaseDiesServicesSayNotReadyAndHealByThemselves() throws Exception {
        kill("postgres");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(status("registry")).isEqualTo("not ready"));
        Suite.Answer refused = suite.post(suite.operatorKey(), "registry", "/api/v1/tenants",
                "{\"slug\":\"never\",\"name\":\"x\",\"plan\":\"team\"}");
        assertThat(refused.status()).as(refused.body()).isEqualTo(503);
        assertThat(suite.exchange("GET", "", suite.managementUrl("registry") + "/q/health/live", "").status())
                .as("alive without its database").isEqualTo(200);

        suite.run("up");

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            for (String service : List.of("registry", "provisioner", "router", "sync")) {
                assertThat(status(service)).as(service).isEqualTo("ready");
            }
        });
        String tenants = suite.run("tenant", "list", "-o", "json").out();
        assertThat(tenants).contains("kept").doesNotContain("never");
    }

    @Test
    @Order(4)
    void theOthersWaitForARegistryThatComesLast() throws Exception {
        List<Again> others = List.of(Again.of(suite, "provisioner"), Again.of(suite, "router"),
                Again.of(suite, "sync"));
        Again registry = Again.of(suite, "registry");
        for (String part : List.of("registry", "provisioner", "sync", "router")) {
            kill(part);
        }
        try {
            for (Again other : others) {
                other.start();
            }
            await().atMost(Duration.ofSeconds(40)).ignoreExceptions().untilAsserted(() -> {
                for (String service : List.of("provisioner", "router", "sync")) {
                    assertThat(suite.exchange("GET", "", suite.managementUrl(service) + "/q/health/live", "").status())
                            .as(service).isEqualTo(200);
                    assertThat(status(service)).as(service).isEqualTo("not ready");
                }
            });

            registry.start();

            await().atMost(Duration.ofSeconds(40)).ignoreExceptions().untilAsserted(() -> {
                for (String service : List.of("registry", "provisioner", "router", "sync")) {
                    assertThat(status(service)).as(service).isEqualTo("ready");
                }
            });
        } finally {
            others.forEach(Again::stop);
            registry.stop();
        }
        suite.run("up");
    }

    /** Starts a service once more with exactly the command, directory and environment that {@code pocket up} gave it. */
    private static final class Again {

        private final ProcessBuilder builder;
        private Process process;

        private Again(ProcessBuilder builder) {
            this.builder = builder;
        }

        static Again of(Suite suite, String part) throws Exception {
            Path proc = Path.of("/proc/" + suite.pid(part));
            ProcessBuilder builder = new ProcessBuilder(List.of(Files.readString(proc.resolve("cmdline")).split("\0")))
                    .directory(proc.resolve("cwd").toRealPath().toFile()).redirectErrorStream(true)
                    .redirectOutput(suite.home().resolve(part + "-again.log").toFile());
            builder.environment().clear();
            for (String pair : Files.readString(proc.resolve("environ")).split("\0")) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    builder.environment().put(pair.substring(0, equals), pair.substring(equals + 1));
                }
            }
            return new Again(builder);
        }

        void start() throws Exception {
            process = builder.start();
        }

        void stop() {
            if (process != null) {
                process.destroyForcibly().onExit().join();
            }
        }
    }
}
