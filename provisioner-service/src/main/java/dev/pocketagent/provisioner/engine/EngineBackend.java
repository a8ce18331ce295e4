package dev.pocketagent.provisioner.engine;

import java.time.Clock;
import java.util.List;
import java.util.Map;

import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.Backend;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.CallMeter;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.http.EngineException;

/**
 * Stacks as containers of one engine. Everything is found again by its labels, names are fixed by the specification, and each change looks
 * first at what is there: two workers, or one that died half-way and its successor, end in the same place.
 */
public final class EngineBackend implements Backend {

    private final EngineSettings settings;
    private final CurrentEngine engine;
    private final StackObserver observer;
    private final StackNetworks networks;
    private final StackContainers containers;
    private final HealthWait healthWait;

    /** @throws IllegalArgumentException when the settings contradict each other; says which */
    public EngineBackend(EngineSettings settings, Map<String, String> environment, CallMeter meter, Clock clock) {
        Cidr pool = Cidr.parse(settings.subnetPool()).orElseThrow(() -> new IllegalArgumentException(
                "pocket.provisioner.engine.subnet-pool is \"" + settings.subnetPool()
                        + "\"; write an IPv4 block like 10.213.0.0/16"));
        HealthChecks checks = new HealthChecks(clock);
        MemoryKills memoryKills = new MemoryKills();
        this.settings = settings;
        this.engine = new CurrentEngine(new EngineDiscovery(settings.socket(), environment, meter));
        this.observer = new StackObserver(checks, memoryKills);
        this.networks = new StackNetworks(new SubnetPool(pool, settings.subnetPrefix()));
        this.healthWait = new HealthWait(checks, memoryKills);
        this.containers = new StackContainers(new ImageFetch(settings.pullTimeout()), healthWait, memoryKills);
    }

    @Override
    public String name() {
        return "engine";
    }

    @Override
    public Availability availability() {
        return engine.availability();
    }

    @Override
    public Observed observe(StackId stack) throws BackendException {
        EngineClient client = engine.client();
        try {
            return observer.observe(client, stack);
        } catch (EngineException e) {
            throw translate(e, "looking at the stack");
        }
    }

    @Override
    public List<String> logs(StackId stack, String service, int lines) throws BackendException {
        EngineClient client = engine.client();
        try {
            return observer.logs(client, stack, service, lines).orElseThrow(
                    () -> new BackendException(Kind.CONFLICT, "The service " + service + " has no container."));
        } catch (EngineException e) {
            throw translate(e, "reading the logs of " + service);
        }
    }

    @Override
    public void execute(Change change, StackSpec spec, Progress progress) throws BackendException {
        Turn turn = new Turn(engine.client(), spec, progress, settings.callTimeout());
        try {
            switch (change) {
                case Change.CreateNetwork create -> networks.create(turn, create.part());
                case Change.CreateVolume create -> StackVolumes.create(turn, create.part());
                case Change.CreateContainer create -> containers.create(turn, turn.service(create.part()));
                case Change.ReplaceContainer replace -> {
                    containers.stop(turn, replace.part(), replace.oldId());
                    containers.remove(turn, replace.part(), replace.oldId());
                    containers.create(turn, turn.service(replace.part()));
                }
                case Change.StartContainer start -> containers.start(turn, turn.service(start.part()));
                case Change.AwaitHealthy await -> healthWait.await(turn, turn.service(await.part()));
                case Change.StopContainer stop -> containers.stop(turn, stop.part(), stop.id());
                case Change.RemoveContainer remove -> containers.remove(turn, remove.part(), remove.id());
                case Change.RemoveNetwork remove -> networks.remove(turn, remove.engineName());
                case Change.RemoveVolume remove -> StackVolumes.remove(turn, remove.engineName());
                case Change.WriteBundle bundle -> throw noBundles();
                case Change.RemoveBundle bundle -> throw noBundles();
            }
        } catch (EngineException e) {
            BackendException stopped = turn.stopped();
            throw stopped != null ? stopped : translate(e, doing(change));
        }
    }

    private static BackendException noBundles() {
        return new BackendException(Kind.UNSUPPORTED, "A container engine runs containers and writes no bundles.");
    }

    private static String doing(Change change) {
        return switch (change) {
            case Change.CreateNetwork create -> "creating the network " + create.part();
            case Change.CreateVolume create -> "creating the volume " + create.part();
            case Change.CreateContainer create -> "creating the container of " + create.part();
            case Change.ReplaceContainer replace -> "replacing the container of " + replace.part();
            case Change.StartContainer start -> "starting " + start.part();
            case Change.AwaitHealthy await -> "waiting for " + await.part();
            case Change.StopContainer stop -> "stopping " + stop.part();
            case Change.RemoveContainer remove -> "removing the container of " + remove.part();
            case Change.RemoveNetwork remove -> "removing the network " + remove.part();
            case Change.RemoveVolume remove -> "removing the volume " + remove.part();
            case Change.WriteBundle bundle -> "writing the bundle";
            case Change.RemoveBundle bundle -> "removing the bundle";
        };
    }

    private BackendException translate(EngineException e, String doing) {
        String during = "While " + doing + ": " + e.getMessage();
        return switch (e.kind()) {
            case UNREACHABLE, TIMEOUT, BROKEN -> {
                engine.doubt();
                yield new BackendException(Kind.UNAVAILABLE, during + ". Is the container engine running?", e);
            }
            case ABANDONED -> new BackendException(Kind.STOPPED, during, e);
            case REFUSED -> new BackendException(switch (e.status()) {
                case 409 -> Kind.CONFLICT;
                case 400, 403 -> Kind.REFUSED;
                default -> Kind.FAILED;
            }, during, e);
        };
    }
}
