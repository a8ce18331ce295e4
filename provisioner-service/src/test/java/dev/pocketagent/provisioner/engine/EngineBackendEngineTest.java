package dev.pocketagent.provisioner.engine;

import static dev.pocketagent.provisioner.engine.StackOnEngine.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.plan.Planner;

/** The whole way from a document to containers and back, on a real engine. */
@Tag("slow")
@Tag("engine")
class EngineBackendEngineTest {

    @RegisterExtension
    final StackOnEngine stack = new StackOnEngine();

    @Test
    void aStackRunsWithAllItsLimitsAndIsReachable() throws Exception {
        // Given
        StackSpec spec = stack.spec(WEB);

        // When
        stack.apply(spec);

        // Then: it is seen as it is
        Observed.Container web = stack.container("web");
        assertThat(web.state()).isEqualTo(State.RUNNING);
        assertThat(web.health()).isEqualTo(HealthState.HEALTHY);
        assertThat(web.specHash()).isEqualTo(spec.services().get("web").hash());
        assertThat(web.image()).isEqualTo(EngineUnderTest.IMAGE);
        assertThat(web.address()).isPresent();
        assertThat(web.startedAt()).isPresent();
        assertThat(web.exitCode()).isEmpty();
        assertThat(web.outOfMemory()).isFalse();
        assertThat(web.ports()).hasSize(1);
        Observed.Binding port = web.ports().getFirst();
        assertThat(port.containerPort()).isEqualTo(8080);
        assertThat(port.hostAddress()).isEqualTo("127.0.0.1");
        HttpResponse<String> page = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.hostPort() + "/")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("<p>hello</p>");
        assertThat(stack.observe().networks()).hasSize(1);
        assertThat(stack.observe().volumes()).extracting(Observed.Part::name).containsExactlyInAnyOrder("data",
                "other");

        // And the limits are the kernel's, not only the engine's word
        assertThat(stack.inside("web",
                "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"))
                .isEqualTo("0:" + 64 * 1024 * 1024);
        assertThat(stack.inside("web",
                "cat /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.swap.max"))
                .isIn("0:" + 64 * 1024 * 1024, "0:0");
        assertThat(stack.inside("web",
                "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d' ' -f1 /sys/fs/cgroup/cpu.max"))
                .isEqualTo("0:25000");
        assertThat(stack.inside("web", "cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max"))
                .isEqualTo("0:50");
        assertThat(
                stack.inside("web", "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/1/status | tr -s '\\t\\n ' ' '"))
                .isEqualTo("0:CapBnd: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2"
                        .replace("CapBnd: 0000000000000000 CapEff: 0000000000000000",
                                "CapEff: 0000000000000000 CapBnd: 0000000000000000"));
        assertThat(stack.inside("web", "id -u; id -g; ulimit -n; cat /proc/1/comm"))
                .startsWith("0:10001\n10001\n4096\n")
                .doesNotContain("pocket-web");
        assertThat(stack.inside("web", "touch /x 2>&1; echo $?")).contains("Read-only file system").endsWith("1");
        assertThat(
                stack.inside("web",
                        "touch /tmp/a && dd if=/dev/zero of=/tmp/big bs=1M count=8 2>&1; rm -f /tmp/big /tmp/a"))
                .contains("No space left on device");
        assertThat(stack.inside("web", "cp /bin/busybox /tmp/echo; /tmp/echo hi 2>&1; rm /tmp/echo"))
                .contains("Permission denied");
        // A directory that the image has and one that it has not: both are the user's.
        assertThat(stack.inside("web",
                "touch /data/a /srv/other/a && ls -n /data/a | cut -c1-30; stat -c %u:%g /data /srv/other"))
                .startsWith("0:-rw-r--r--").endsWith("10001:10001\n10001:10001");
        ContainerInfo info = stack.client().containers().find(web.id()).orElseThrow();
        assertThat(info.label(Labels.COMPOSE_PROJECT)).isEqualTo(stack.id().project());
        assertThat(info.label(Labels.TENANT)).isEqualTo(stack.id().tenantId().toString());
        assertThat(stack.client().containers().usage(web.id()).memoryLimitBytes()).isEqualTo(64L * 1024 * 1024);
        assertThat(stack.client().containers().usage(web.id()).memoryBytes()).isBetween(10_000L, 64L * 1024 * 1024);
    }

    @Test
    void theSecondApplyChangesNothingAlsoInAnotherProcess() throws Exception {
        // Given
        StackSpec spec = stack.spec(WEB);
        stack.apply(spec);
        String container = stack.container("web").id();
        stack.restartBackend();
        stack.mutations.reset();

        // When
        List<Change> changes = stack.apply(spec);

        // Then
        assertThat(changes).isEmpty();
        assertThat(stack.mutations.sum()).isZero();
        assertThat(stack.container("web").id()).isEqualTo(container);

        // And every single change may be repeated without changing anything
        for (Change change : List.of(new Change.CreateNetwork("default"), new Change.CreateVolume("data"),
                new Change.CreateContainer("web"),
                new Change.StartContainer("web"), new Change.AwaitHealthy("web"))) {
            stack.backend().execute(change, spec, Progress.SILENT);
        }
        assertThat(stack.mutations.sum()).isZero();
    }

    @Test
    void aChangedServiceIsReplacedAndItsDataStays() throws Exception {
        // Given
        stack.apply(stack.spec(WEB));
        stack.inside("web", "echo kept > /data/file");
        String before = stack.container("web").id();

        // When
        stack.apply(stack.spec(WEB.replace("mem_limit: 64m", "mem_limit: 96m")));

        // Then
        assertThat(stack.container("web").id()).isNotEqualTo(before);
        assertThat(stack.observe().containers()).hasSize(1);
        assertThat(stack.inside("web", "cat /data/file")).isEqualTo("0:kept");
    }

    @Test
    void deletingLeavesNothing() throws Exception {
        // Given
        StackSpec spec = stack.spec(WEB);
        stack.apply(spec);

        // When
        stack.execute(Planner.delete(spec, stack.observe()), spec);

        // Then
        assertThat(stack.observe().containers()).isEmpty();
        assertThat(stack.observe().networks()).isEmpty();
        assertThat(stack.observe().volumes()).isEmpty();
        assertThat(stack.client().containers().find(stack.id().container("web"))).isEmpty();
        // And once more is fine
        stack.execute(Planner.delete(spec, stack.observe()), spec);
    }

    @Test
    void ourOwnShareOfTheTimeIsSmall() throws Exception {
        // Given: eight services without health checks, so that nothing is waited for
        StringBuilder yaml = new StringBuilder("services:\n");
        for (int i = 1; i <= 8; i++) {
            yaml.append("  s").append(i).append(
                    ": {image: 'localhost/pocketagent/web:1', mem_limit: 32m, cpus: 0.25, stop_grace_period: 1s, ")
                    .append("command: [sleep, '300']}\n");
        }
        StackSpec spec = stack.spec(yaml.toString());
        stack.backend().availability();
        stack.callNanos.reset();
        stack.calls.reset();
        long start = System.nanoTime();

        // When
        stack.apply(spec);

        // Then
        long total = System.nanoTime() - start;
        double own = (total - stack.callNanos.sum()) / 1e6;
        System.out.printf(
                "engine=%s services=8 total=%.0f ms, in %d calls %.0f ms, own %.1f ms (%.2f ms a container)%n",
                stack.client().version(),
                total / 1e6, stack.calls.sum(), stack.callNanos.sum() / 1e6, own, own / 8);
        assertThat(own / 8).isLessThan(50);
    }
}
