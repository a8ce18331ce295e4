package dev.pocketagent.provisioner.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.api.Outcomes.Execution;
import dev.pocketagent.provisioner.engine.http.EngineAddress;
import dev.pocketagent.provisioner.engine.http.Waiting;
import dev.pocketagent.provisioner.plan.Planner;
import dev.pocketagent.provisioner.policy.Draft;
import dev.pocketagent.provisioner.policy.Policy;
import dev.pocketagent.provisioner.policy.PolicySettings;
import dev.pocketagent.provisioner.policy.Review;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/** The whole way from a document to containers and back, on a real engine. */
@Tag("slow")
@Tag("engine")
class EngineBackendEngineTest {

    private static final Waiting SHORT = Waiting.atMost(Duration.ofSeconds(30));

    private static final String WEB = """
            services:
              web:
                image: localhost/pocketagent/web:1
                mem_limit: 64m
                cpus: 0.25
                pids_limit: 50
                environment: {MESSAGE: hello}
                tmpfs: ["/tmp:size=4m"]
                volumes: ["data:/data", "other:/srv/other"]
                ports: ["127.0.0.1::8080"]
                stop_grace_period: 2s
                healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:8080/"], interval: 1s, timeout: 2s, retries: 20}
                x-pocket-probe: {http: {port: 8080, path: /}}
            volumes: {data: {}, other: {}}
            """;

    private final UUID stackId = UUID.randomUUID();
    private final StackId id = new StackId(UUID.randomUUID(), "enginetest", stackId, "t");
    private final LongAdder calls = new LongAdder();
    private final LongAdder mutations = new LongAdder();
    private final LongAdder callNanos = new LongAdder();
    private final List<String> strangers = new ArrayList<>();

    private EngineAddress address;
    private EngineClient client;
    private EngineBackend backend;

    @BeforeEach
    void connect() throws Exception {
        address = EngineUnderTest.require();
        client = EngineClient.connect(address, (operation, status, nanos, mutates) -> {
        });
        EngineUnderTest.requireImage(client);
        backend = newBackend();
    }

    private EngineBackend newBackend() {
        return new EngineBackend(EngineSettings.at(Optional.of(address.toString())), Map.of(),
                (operation, status, nanos, mutates) -> {
                    calls.increment();
                    callNanos.add(nanos);
                    if (mutates) {
                        mutations.increment();
                    }
                }, Clock.systemUTC());
    }

    @AfterEach
    void removeEverything() throws IOException {
        if (client == null) {
            return;
        }
        for (String name : strangers) {
            client.containers().remove(name, true, SHORT);
        }
        for (String container : client.containers().idsWithLabel(Labels.STACK, stackId.toString())) {
            client.containers().remove(container, true, SHORT);
        }
        for (var network : client.networks().withLabel(Labels.STACK, stackId.toString())) {
            client.networks().remove(network.name());
        }
        for (var volume : client.volumes().withLabel(Labels.STACK, stackId.toString())) {
            client.volumes().remove(volume.name());
        }
    }

    private StackSpec spec(String yaml) {
        Review review = new Policy(PolicySettings.DEFAULT)
                .review(new Draft(id, "test", 1, (Tree.Fields) Trees.readYaml(yaml), List.of(), Map.of()));
        assertThat(review).as("%s", review).isInstanceOf(Review.Approved.class);
        return ((Review.Approved) review).spec();
    }

    private List<Change> apply(StackSpec spec) throws BackendException {
        List<Change> changes = Planner.apply(spec, backend.observe(id));
        for (Change change : changes) {
            backend.execute(change, spec, Progress.SILENT);
        }
        return changes;
    }

    private Observed.Containers observe() throws BackendException {
        return (Observed.Containers) backend.observe(id);
    }

    private Observed.Container one(String service) throws BackendException {
        return observe().containers().stream().filter(container -> container.service().equals(service)).findFirst()
                .orElseThrow();
    }

    private String inside(String service, String script) throws Exception {
        Execution execution = client.containers().execute(id.container(service), List.of("sh", "-c", script), SHORT);
        return execution.exitCode() + ":" + execution.output().strip();
    }

    @Test
    void aStackRunsWithAllItsLimitsAndIsReachable() throws Exception {
        // Given
        StackSpec spec = spec(WEB);

        // When
        apply(spec);

        // Then: it is seen as it is
        Observed.Container web = one("web");
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
        assertThat(observe().networks()).hasSize(1);
        assertThat(observe().volumes()).extracting(Observed.Part::name).containsExactlyInAnyOrder("data", "other");

        // And the limits are the kernel's, not only the engine's word
        assertThat(inside("web",
                "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"))
                .isEqualTo("0:" + 64 * 1024 * 1024);
        assertThat(inside("web",
                "cat /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.swap.max"))
                .isIn("0:" + 64 * 1024 * 1024, "0:0");
        assertThat(inside("web",
                "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d' ' -f1 /sys/fs/cgroup/cpu.max"))
                .isEqualTo("0:25000");
        assertThat(inside("web", "cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max"))
                .isEqualTo("0:50");
        assertThat(inside("web", "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/1/status | tr -s '\\t\\n ' ' '"))
                .isEqualTo("0:CapBnd: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2"
                        .replace("CapBnd: 0000000000000000 CapEff: 0000000000000000",
                                "CapEff: 0000000000000000 CapBnd: 0000000000000000"));
        assertThat(inside("web", "id -u; id -g; ulimit -n; cat /proc/1/comm")).startsWith("0:10001\n10001\n4096\n")
                .doesNotContain("pocket-web");
        assertThat(inside("web", "touch /x 2>&1; echo $?")).contains("Read-only file system").endsWith("1");
        assertThat(
                inside("web", "touch /tmp/a && dd if=/dev/zero of=/tmp/big bs=1M count=8 2>&1; rm -f /tmp/big /tmp/a"))
                .contains("No space left on device");
        assertThat(inside("web", "cp /bin/busybox /tmp/echo; /tmp/echo hi 2>&1; rm /tmp/echo"))
                .contains("Permission denied");
        // A directory that the image has and one that it has not: both are the user's.
        assertThat(inside("web",
                "touch /data/a /srv/other/a && ls -n /data/a | cut -c1-30; stat -c %u:%g /data /srv/other"))
                .startsWith("0:-rw-r--r--").endsWith("10001:10001\n10001:10001");
        ContainerInfo info = client.containers().find(web.id()).orElseThrow();
        assertThat(info.label(Labels.COMPOSE_PROJECT)).isEqualTo(id.project());
        assertThat(info.label(Labels.TENANT)).isEqualTo(id.tenantId().toString());
        assertThat(client.containers().usage(web.id()).memoryLimitBytes()).isEqualTo(64L * 1024 * 1024);
        assertThat(client.containers().usage(web.id()).memoryBytes()).isBetween(10_000L, 64L * 1024 * 1024);
    }

    @Test
    void theSecondApplyChangesNothingAlsoInAnotherProcess() throws Exception {
        // Given
        StackSpec spec = spec(WEB);
        apply(spec);
        String container = one("web").id();
        backend = newBackend();
        mutations.reset();

        // When
        List<Change> changes = apply(spec);

        // Then
        assertThat(changes).isEmpty();
        assertThat(mutations.sum()).isZero();
        assertThat(one("web").id()).isEqualTo(container);

        // And every single change may be repeated without changing anything
        for (Change change : List.of(new Change.CreateNetwork("default"), new Change.CreateVolume("data"),
                new Change.CreateContainer("web"),
                new Change.StartContainer("web"), new Change.AwaitHealthy("web"))) {
            backend.execute(change, spec, Progress.SILENT);
        }
        assertThat(mutations.sum()).isZero();
    }

    @Test
    void aChangedServiceIsReplacedAndItsDataStays() throws Exception {
        // Given
        apply(spec(WEB));
        inside("web", "echo kept > /data/file");
        String before = one("web").id();

        // When
        apply(spec(WEB.replace("mem_limit: 64m", "mem_limit: 96m")));

        // Then
        assertThat(one("web").id()).isNotEqualTo(before);
        assertThat(observe().containers()).hasSize(1);
        assertThat(inside("web", "cat /data/file")).isEqualTo("0:kept");
    }

    @Test
    void deletingLeavesNothing() throws Exception {
        // Given
        StackSpec spec = spec(WEB);
        apply(spec);

        // When
        for (Change change : Planner.delete(spec, backend.observe(id))) {
            backend.execute(change, spec, Progress.SILENT);
        }

        // Then
        assertThat(observe().containers()).isEmpty();
        assertThat(observe().networks()).isEmpty();
        assertThat(observe().volumes()).isEmpty();
        assertThat(client.containers().find(id.container("web"))).isEmpty();
        // And once more is fine
        for (Change change : Planner.delete(spec, backend.observe(id))) {
            backend.execute(change, spec, Progress.SILENT);
        }
    }

    @Test
    void anApplyCutAnywhereIsFinishedByTheNextWithoutOrphansOrDoubles() throws Exception {
        // Given: the number of calls that the engine is asked for in a whole apply
        StackSpec spec = spec(WEB);
        apply(spec);
        int most = (int) mutations.sum();
        removeEverything();

        for (int survived = 0; survived < most; survived++) {
            // When: the worker dies before its (survived + 1)st mutating call
            int left = survived;
            AtomicInteger budget = new AtomicInteger(left);
            EngineBackend dying = new EngineBackend(EngineSettings.at(Optional.of(address.toString())), Map.of(),
                    (operation, status, nanos, mutates) -> {
                        if (mutates && budget.decrementAndGet() < 0) {
                            throw new Killed();
                        }
                    }, Clock.systemUTC());
            try {
                for (Change change : Planner.apply(spec, dying.observe(id))) {
                    dying.execute(change, spec, Progress.SILENT);
                }
            } catch (Killed killed) {
                assertThat(budget.get()).isNegative();
            }
            backend = newBackend();
            apply(spec);

            // Then
            assertThat(observe().containers()).as("after %s calls", survived).hasSize(1);
            assertThat(observe().networks()).hasSize(1);
            assertThat(observe().volumes()).hasSize(2);
            assertThat(one("web").health()).isEqualTo(HealthState.HEALTHY);
            assertThat(Planner.apply(spec, backend.observe(id))).isEmpty();
            assertThat(inside("web", "touch /data/x /srv/other/x && echo yes")).isEqualTo("0:yes");
            removeEverything();
        }
    }

    /** Thrown after a call was made, as if the process had died before it could note the answer. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @Test
    void twoWorkersAtOnceMakeOneStack() throws Exception {
        // Given
        StackSpec spec = spec(WEB);
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            EngineBackend own = newBackend();
            workers.add(Thread.ofPlatform().unstarted(() -> {
                for (int round = 0; round < 10; round++) {
                    try {
                        List<Change> changes = Planner.apply(spec, own.observe(id));
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
        assertThat(observe().containers()).hasSize(1);
        assertThat(observe().networks()).hasSize(1);
    }

    @Test
    void whatDependsOnHealthStartsOnlyThen() throws Exception {
        // Given: the database "listens" after 2 s
        StackSpec spec = spec("""
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
        apply(spec);

        // Then
        Observed.Container db = one("db");
        Observed.Container app = one("app");
        assertThat(Duration.between(db.startedAt().orElseThrow(), app.startedAt().orElseThrow()))
                .isGreaterThan(Duration.ofMillis(1900));
        assertThat(db.health()).isEqualTo(HealthState.HEALTHY);
        assertThat(app.health()).isEqualTo(HealthState.NONE);
        // They know each other by name.
        assertThat(inside("app", "nslookup db")).contains(db.address().orElseThrow());
    }

    @Test
    void aCommandInsideIsAProbeToo() throws Exception {
        // Given
        StackSpec spec = spec("""
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
        apply(spec);

        // Then
        assertThat(one("job").health()).isEqualTo(HealthState.HEALTHY);
        inside("job", "rm /tmp/ready");
        for (int i = 0; i < 40 && one("job").health() == HealthState.HEALTHY; i++) {
            Thread.sleep(500);
        }
        assertThat(one("job").health()).isEqualTo(HealthState.UNHEALTHY);
    }

    @Test
    void whatNeverGetsHealthySaysWhy() throws Exception {
        // Given
        StackSpec spec = spec(WEB.replace("retries: 20", "retries: 1").replace("path: /}", "path: /nothing}"));

        // When
        BackendException failure = catchThrowableOfType(BackendException.class, () -> apply(spec));

        // Then
        assertThat(failure.kind()).isEqualTo(BackendException.Kind.UNHEALTHY);
        assertThat(failure.getMessage()).contains("web did not become healthy within 3.0 s",
                ":8080/nothing answered 404");
    }

    @Test
    void whatEndsSaysHowAndWhatItWroteLast() throws Exception {
        // Given
        StackSpec spec = spec("""
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
        BackendException failure = catchThrowableOfType(BackendException.class, () -> apply(spec));

        // Then
        assertThat(failure.kind()).isEqualTo(BackendException.Kind.UNHEALTHY);
        assertThat(failure.getMessage()).contains("job ended with exit code 3 after 2 restarts",
                "no configuration found");
        assertThat(one("job").exitCode()).contains(3);
        assertThat(one("job").restarts()).isEqualTo(2);
        assertThat(backend.logs(id, "job", 2)).containsExactly("no configuration found", "no configuration found");
    }

    @Test
    void tooMuchMemoryIsNoticed() throws Exception {
        // Given
        StackSpec spec = spec("""
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
        BackendException failure = catchThrowableOfType(BackendException.class, () -> apply(spec));

        // Then
        assertThat(failure.getMessage()).contains("16 MiB of memory");
        assertThat(one("job").outOfMemory()).isTrue();
    }

    @Test
    void aStoppedStackIsNoStackOutOfMemory() throws Exception {
        // Given: a program that ignores TERM
        StackSpec spec = spec("""
                services:
                  job:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.5
                    command: [sh, -c, "trap '' TERM; while :; do sleep 1; done"]
                    stop_grace_period: 1s
                """);
        apply(spec);
        long start = System.nanoTime();

        // When
        for (Change change : Planner.stop(spec, backend.observe(id))) {
            backend.execute(change, spec, Progress.SILENT);
        }

        // Then
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(900),
                Duration.ofSeconds(8));
        assertThat(one("job").state()).isEqualTo(State.EXITED);
        assertThat(one("job").exitCode()).contains(137);
        assertThat(one("job").outOfMemory()).isFalse();
        // And it comes back
        apply(spec);
        assertThat(one("job").state()).isEqualTo(State.RUNNING);
    }

    @Test
    void aPausedContainerIsStoppedToo() throws Exception {
        // Given
        StackSpec spec = spec(WEB);
        apply(spec);
        String web = one("web").id();
        pause(web);
        assertThat(one("web").state()).isEqualTo(State.PAUSED);

        // When
        backend.execute(new Change.StopContainer("web", web), spec, Progress.SILENT);

        // Then
        assertThat(one("web").state()).isEqualTo(State.EXITED);
    }

    private void pause(String container) throws IOException {
        new dev.pocketagent.provisioner.engine.http.EngineHttp(address).exchange(
                dev.pocketagent.provisioner.engine.http.Request.post("/v1.41/containers/" + container + "/pause"),
                SHORT,
                reply -> reply.status());
    }

    @Test
    void aStrangersContainerOfTheSameNameIsLeftAlone() throws Exception {
        // Given
        StackSpec spec = spec(WEB);
        var body = JsonNodeFactory.instance.objectNode().put("Image", EngineUnderTest.IMAGE);
        client.containers().create(id.container("web"), body, SHORT);
        strangers.add(id.container("web"));

        // When
        BackendException failure = catchThrowableOfType(BackendException.class, () -> apply(spec));

        // Then
        assertThat(failure.kind()).isEqualTo(BackendException.Kind.CONFLICT);
        assertThat(failure.getMessage()).contains(id.container("web"), "does not belong to this stack");
        ContainerInfo stranger = client.containers().find(id.container("web")).orElseThrow();
        for (Change change : List.of(new Change.StopContainer("web", stranger.id()),
                new Change.RemoveContainer("web", stranger.id()),
                new Change.StartContainer("web"))) {
            assertThat(
                    catchThrowableOfType(BackendException.class, () -> backend.execute(change, spec, Progress.SILENT))
                            .kind())
                    .isEqualTo(BackendException.Kind.CONFLICT);
        }
        assertThat(client.containers().find(stranger.id())).isPresent();
    }

    @Test
    void aMissingImageNamesTheCure() throws Exception {
        // Given
        StackSpec spec = spec(WEB.replace("pocketagent/web:1", "pocketagent/web:99"));

        // When
        BackendException failure = catchThrowableOfType(BackendException.class, () -> apply(spec));

        // Then
        assertThat(failure.kind()).isEqualTo(BackendException.Kind.IMAGE_MISSING);
        assertThat(failure.getMessage()).contains("localhost/pocketagent/web:99", "pull", "load",
                "deploy/engine/busybox-image.sh");
        // What was made before is found and removed again.
        for (Change change : Planner.delete(spec, backend.observe(id))) {
            backend.execute(change, spec, Progress.SILENT);
        }
        assertThat(observe().networks()).isEmpty();
    }

    @Test
    void everyNetworkHasItsOwnSubnet() throws Exception {
        // Given
        StackSpec spec = spec("""
                services:
                  a:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.5
                    command: [sleep, "300"]
                    stop_grace_period: 1s
                    networks: [front, back]
                networks: {front: {}, back: {internal: true}}
                """);

        // When
        apply(spec);

        // Then
        List<String> subnets = client.networks().withLabel(Labels.STACK, stackId.toString()).stream()
                .flatMap(network -> network.subnets().stream()).toList();
        assertThat(subnets).hasSize(2).doesNotHaveDuplicates()
                .allMatch(subnet -> subnet.startsWith("10.213.") && subnet.endsWith("/27"));
        ContainerInfo a = client.containers().find(id.container("a")).orElseThrow();
        assertThat(a.addresses()).hasSize(2).allSatisfy((network, ip) -> assertThat(ip).startsWith("10.213."));
        String front = client.networks().find(spec.networks().get("front").engineName()).orElseThrow().subnets()
                .getFirst();
        assertThat(Cidr.parse(one("a").address().orElseThrow() + "/27")).isEqualTo(Cidr.parse(front));
    }

    @Test
    void whoeverMustStopStopsWithinASecond() throws Exception {
        // Given: a container that takes 20 s to stop, and a worker that is told to go after 1 s
        StackSpec spec = spec("""
                services:
                  job:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.5
                    command: [sh, -c, "trap '' TERM; while :; do sleep 1; done"]
                    stop_grace_period: 20s
                """);
        apply(spec);
        String job = one("job").id();
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
                () -> backend.execute(new Change.StopContainer("job", job), spec, impatient));

        // Then
        assertThat(failure).hasMessage("the lease was lost");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void anEngineThatIsGoneIsUnavailable() throws Exception {
        // Given
        EngineBackend gone = new EngineBackend(EngineSettings.at(Optional.of("/nowhere/engine.sock")), Map.of(),
                (a, b, c, d) -> {
                }, Clock.systemUTC());

        // When
        Availability availability = gone.availability();

        // Then
        assertThat(availability).isInstanceOf(Availability.Unavailable.class);
        assertThat(catchThrowableOfType(BackendException.class, () -> gone.observe(id)).kind())
                .isEqualTo(BackendException.Kind.UNAVAILABLE);
        assertThat(backend.availability()).isEqualTo(new Availability.Available(client.version() + " at " + address));
    }

    @Test
    void theSameWorksOverTcp() throws Exception {
        // Given: a proxy as a socket proxy would be
        try (TcpProxy proxy = new TcpProxy(address)) {
            backend = new EngineBackend(EngineSettings.at(Optional.of("tcp://127.0.0.1:" + proxy.port())), Map.of(),
                    (a, b, c, d) -> {
                    }, Clock.systemUTC());

            // When
            apply(spec(WEB));

            // Then
            assertThat(one("web").health()).isEqualTo(HealthState.HEALTHY);
        }
    }

    /** Passes bytes between TCP and the engine's socket. */
    private static final class TcpProxy implements AutoCloseable {

        private final java.net.ServerSocket server = new java.net.ServerSocket(0, 50,
                java.net.InetAddress.getLoopbackAddress());

        TcpProxy(EngineAddress engine) throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!server.isClosed()) {
                    try {
                        Socket left = server.accept();
                        var right = java.nio.channels.SocketChannel
                                .open(java.net.UnixDomainSocketAddress.of(((EngineAddress.Unix) engine).path()));
                        Thread.ofVirtual().start(() -> copy(left, right, true));
                        Thread.ofVirtual().start(() -> copy(left, right, false));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
        }

        private static void copy(Socket left, java.nio.channels.SocketChannel right, boolean out) {
            try {
                if (out) {
                    left.getInputStream().transferTo(java.nio.channels.Channels.newOutputStream(right));
                } else {
                    java.nio.channels.Channels.newInputStream(right).transferTo(left.getOutputStream());
                    left.close();
                }
            } catch (IOException e) {
                // One side is gone; so is the connection.
                return;
            }
        }

        int port() {
            return ((InetSocketAddress) server.getLocalSocketAddress()).getPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
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
        StackSpec spec = spec(yaml.toString());
        backend.availability();
        callNanos.reset();
        calls.reset();
        long start = System.nanoTime();

        // When
        apply(spec);

        // Then
        long total = System.nanoTime() - start;
        double own = (total - callNanos.sum()) / 1e6;
        System.out.printf(
                "engine=%s services=8 total=%.0f ms, in %d calls %.0f ms, own %.1f ms (%.2f ms a container)%n",
                client.version(),
                total / 1e6, calls.sum(), callNanos.sum() / 1e6, own, own / 8);
        assertThat(own / 8).isLessThan(50);
    }
}
