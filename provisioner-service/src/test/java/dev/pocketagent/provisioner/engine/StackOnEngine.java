package dev.pocketagent.provisioner.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.api.NetworkInfo;
import dev.pocketagent.provisioner.engine.api.Outcomes.Execution;
import dev.pocketagent.provisioner.engine.api.VolumeInfo;
import dev.pocketagent.provisioner.engine.http.EngineAddress;
import dev.pocketagent.provisioner.engine.http.Waiting;
import dev.pocketagent.provisioner.plan.Planner;
import dev.pocketagent.provisioner.policy.Draft;
import dev.pocketagent.provisioner.policy.Policy;
import dev.pocketagent.provisioner.policy.PolicySettings;
import dev.pocketagent.provisioner.policy.Review;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/**
 * One stack on the real engine, for one test: gives the backend whose calls are counted, short ways to it and around it, and removes after
 * the test whatever is left. A test without an engine is skipped, see {@link EngineUnderTest}.
 */
final class StackOnEngine implements BeforeEachCallback, AfterEachCallback {

    static final Waiting SHORT = Waiting.atMost(Duration.ofSeconds(30));

    static final String WEB = """
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

    /** Of all backends made here. */
    final LongAdder calls = new LongAdder();
    final LongAdder mutations = new LongAdder();
    final LongAdder callNanos = new LongAdder();

    private final StackId id = new StackId(UUID.randomUUID(), "enginetest", UUID.randomUUID(), "t");
    private final List<String> strangers = new ArrayList<>();

    private EngineAddress address;
    private EngineClient client;
    private EngineBackend backend;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        address = EngineUnderTest.require();
        client = EngineClient.connect(address, (operation, status, nanos, mutates) -> {
        });
        EngineUnderTest.requireImage(client);
        backend = newBackend();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        if (client != null) {
            for (String name : strangers) {
                client.containers().remove(name, true, SHORT);
            }
            removeEverything();
        }
    }

    StackId id() {
        return id;
    }

    EngineAddress address() {
        return address;
    }

    /** The engine itself, past the backend; its calls are not counted. */
    EngineClient client() {
        return client;
    }

    EngineBackend backend() {
        return backend;
    }

    /** One more, that knows nothing of the first, as in another process. */
    EngineBackend newBackend() {
        return new EngineBackend(EngineSettings.at(Optional.of(address.toString())), Map.of(),
                (operation, status, nanos, mutates) -> {
                    calls.increment();
                    callNanos.add(nanos);
                    if (mutates) {
                        mutations.increment();
                    }
                }, Clock.systemUTC());
    }

    void restartBackend() {
        use(newBackend());
    }

    void use(EngineBackend other) {
        backend = other;
    }

    /** As if a template without exceptions had rendered it. */
    StackSpec spec(String yaml) {
        Review review = new Policy(PolicySettings.DEFAULT)
                .review(new Draft(id, "test", 1, (Tree.Fields) Trees.readYaml(yaml), List.of(), Map.of()));
        assertThat(review).as("%s", review).isInstanceOf(Review.Approved.class);
        return ((Review.Approved) review).spec();
    }

    List<Change> apply(StackSpec spec) throws BackendException {
        List<Change> changes = Planner.apply(spec, observe());
        execute(changes, spec);
        return changes;
    }

    void execute(List<Change> changes, StackSpec spec) throws BackendException {
        for (Change change : changes) {
            backend.execute(change, spec, Progress.SILENT);
        }
    }

    Observed.Containers observe() throws BackendException {
        return (Observed.Containers) backend.observe(id);
    }

    Observed.Container container(String service) throws BackendException {
        return observe().containers().stream().filter(container -> container.service().equals(service)).findFirst()
                .orElseThrow();
    }

    /** Exit code and output of a script in the service's container, with a colon between. */
    String inside(String service, String script) throws IOException {
        Execution execution = client.containers().execute(id.container(service), List.of("sh", "-c", script), SHORT);
        return execution.exitCode() + ":" + execution.output().strip();
    }

    /** A container that does not belong to the stack and goes with it after the test. */
    void alsoRemove(String name) {
        strangers.add(name);
    }

    void removeEverything() throws IOException {
        String stack = id.stackId().toString();
        for (String container : client.containers().idsWithLabel(Labels.STACK, stack)) {
            client.containers().remove(container, true, SHORT);
        }
        for (NetworkInfo network : client.networks().withLabel(Labels.STACK, stack)) {
            client.networks().remove(network.name());
        }
        for (VolumeInfo volume : client.volumes().withLabel(Labels.STACK, stack)) {
            client.volumes().remove(volume.name());
        }
    }
}
