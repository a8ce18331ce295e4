package dev.pocketagent.provisioner.engine;

import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.Backend;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.SecretText;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.CallMeter;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.api.NetworkInfo;
import dev.pocketagent.provisioner.engine.api.Outcomes.ContainerCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.NetworkCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.Pull;
import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.api.Outcomes.Switched;
import dev.pocketagent.provisioner.engine.api.VolumeInfo;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.Waiting;

/**
 * Stacks as containers of one engine. Everything is found again by its labels, names are fixed by the specification, and each change looks
 * first at what is there: two workers, or one that died half-way and its successor, end in the same place.
 */
public final class EngineBackend implements Backend {

    /** How long it is remembered that the engine answers, or that none does. */
    private static final Duration REMEMBER = Duration.ofSeconds(3);
    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);
    /** Somebody else's subnets turn up between our look and the creation; that often in a row is no coincidence any more. */
    private static final int SUBNET_TRIES = 32;
    /** A container that ended may be about to be started again by its restart policy. */
    private static final Duration RESTART_DOUBT = Duration.ofSeconds(2);
    private static final Duration HALF_MADE = Duration.ofSeconds(2);
    private static final int LAST_WORDS = 5;
    private static final int OOM_EXIT = 137;
    private static final int MAX_REMEMBERED = 10_000;

    private final EngineSettings settings;
    private final EngineDiscovery discovery;
    private final SubnetPool subnets;
    private final Clock clock;
    private final HealthWatch watch = new HealthWatch();
    private final Prober prober = new Prober();
    private final ReentrantLock subnetLock = new ReentrantLock();
    private final ReentrantLock discoveryLock = new ReentrantLock();
    /** Containers that we stopped: their exit code 137 is no sign of a lack of memory. */
    private final Set<String> stoppedByUs = ConcurrentHashMap.newKeySet();
    private volatile Known known = new Known(null, "", "", 0);

    /** What is known of the engine, and since when ({@link System#nanoTime()}; 0: nothing). */
    private record Known(@Nullable EngineClient client, String reason, String cure, long at) {
        boolean fresh() {
            return at != 0 && System.nanoTime() - at < REMEMBER.toNanos();
        }
    }

    /** @throws IllegalArgumentException when the settings contradict each other; says which */
    public EngineBackend(EngineSettings settings, Map<String, String> environment, CallMeter meter, Clock clock) {
        this.settings = settings;
        this.discovery = new EngineDiscovery(settings.socket(), environment, meter);
        Cidr pool = Cidr.parse(settings.subnetPool()).orElseThrow(() -> new IllegalArgumentException(
                "pocket.provisioner.engine.subnet-pool is \"" + settings.subnetPool()
                        + "\"; write an IPv4 block like 10.213.0.0/16"));
        this.subnets = new SubnetPool(pool, settings.subnetPrefix());
        this.clock = clock;
    }

    @Override
    public String name() {
        return "engine";
    }

    @Override
    public Availability availability() {
        Known now = known.fresh() ? known : look();
        EngineClient client = now.client();
        return client == null
                ? new Availability.Unavailable(now.reason(), now.cure())
                : new Availability.Available(client.version() + " at " + client.address());
    }

    /** Makes sure that the engine answers, or looks for another one. */
    private Known look() {
        discoveryLock.lock();
        try {
            Known before = known;
            if (before.fresh()) {
                return before;
            }
            EngineClient client = before.client();
            if (client != null) {
                try {
                    client.ping();
                    known = new Known(client, "", "", System.nanoTime());
                    return known;
                } catch (EngineException e) {
                    // Gone, or another one by now: look again.
                }
            }
            known = switch (discovery.find()) {
                case EngineDiscovery.Result.Found found -> new Known(found.client(), "", "", System.nanoTime());
                case EngineDiscovery.Result.Missing missing ->
                    new Known(null, missing.reason(), missing.cure(), System.nanoTime());
            };
            return known;
        } finally {
            discoveryLock.unlock();
        }
    }

    private EngineClient client() throws BackendException {
        Known now = known;
        if ((now.client() == null || now.at() == 0) && !now.fresh()) {
            now = look();
        }
        EngineClient client = now.client();
        if (client == null) {
            throw new BackendException(Kind.UNAVAILABLE, now.reason() + "; " + now.cure());
        }
        return client;
    }

    // ---- looking

    @Override
    public Observed observe(StackId stack) throws BackendException {
        EngineClient client = client();
        try {
            String id = stack.stackId().toString();
            List<Observed.Part> networks = new ArrayList<>();
            for (NetworkInfo network : client.networks().withLabel(Labels.STACK, id)) {
                networks.add(
                        new Observed.Part(network.labels().getOrDefault(Labels.PART, network.name()), network.name()));
            }
            List<Observed.Part> volumes = new ArrayList<>();
            for (VolumeInfo volume : client.volumes().withLabel(Labels.STACK, id)) {
                volumes.add(new Observed.Part(volume.labels().getOrDefault(Labels.PART, volume.name()), volume.name()));
            }
            List<Observed.Container> containers = observeAll(client,
                    client.containers().idsWithLabel(Labels.STACK, id));
            return new Observed.Containers(networks, volumes, containers);
        } catch (EngineException e) {
            throw translate(e, "looking at the stack");
        }
    }

    /** At the same time, since a probe may take its whole timeout. */
    private List<Observed.Container> observeAll(EngineClient client, List<String> ids) throws EngineException {
        List<Observed.Container> containers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Optional<Observed.Container>>> looks = new ArrayList<>();
            for (String id : ids) {
                looks.add(threads.submit(() -> {
                    Optional<ContainerInfo> info = client.containers().find(id);
                    return info.isEmpty() ? Optional.empty() : Optional.of(observed(client, info.get()));
                }));
            }
            for (Future<Optional<Observed.Container>> look : looks) {
                look.get().ifPresent(containers::add);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.ABANDONED, "interrupted while looking at containers");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof EngineException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
        containers.sort(java.util.Comparator.comparing(Observed.Container::name));
        return containers;
    }

    private Observed.Container observed(EngineClient client, ContainerInfo info) throws EngineException {
        State state = state(info);
        boolean ended = state == State.EXITED || state == State.DEAD;
        boolean outOfMemory = info.oomKilled()
                || ended && info.exitCode() == OOM_EXIT && !stoppedByUs.contains(info.id());
        List<Observed.Binding> ports = new ArrayList<>();
        if (state == State.RUNNING) {
            info.ports().forEach(
                    port -> ports.add(new Observed.Binding(port.containerPort(), port.hostAddress(), port.hostPort())));
        }
        return new Observed.Container(info.id(), info.name(), info.label(Labels.PART), info.label(Labels.SPEC_HASH),
                info.image(), state,
                health(client, info, state), ended ? Optional.of(info.exitCode()) : Optional.empty(), outOfMemory,
                info.restartCount(),
                info.startedAt(), state == State.RUNNING ? address(info) : Optional.empty(), ports);
    }

    private HealthState health(EngineClient client, ContainerInfo info, State state) throws EngineException {
        Optional<Health> rule = HealthRule.read(info.label(HealthRule.LABEL));
        if (rule.isEmpty()) {
            return HealthState.NONE;
        }
        if (state != State.RUNNING) {
            return state == State.CREATED || state == State.RESTARTING ? HealthState.STARTING : HealthState.UNHEALTHY;
        }
        HealthWatch.Key key = new HealthWatch.Key(info.id(), info.startedAt().orElse(null));
        HealthState recent = watch.recent(key, rule.get());
        if (recent != null) {
            return recent;
        }
        Prober.Answer answer = prober.ask(client, info, rule.get(), address(info).orElse(""),
                Waiting.atMost(rule.get().timeout()));
        return watch.heard(key, rule.get(), answer instanceof Prober.Answer.Well, age(info));
    }

    private Duration age(ContainerInfo info) {
        return info.startedAt().map(start -> Duration.between(start, clock.instant())).orElse(Duration.ZERO);
    }

    private static State state(ContainerInfo info) {
        return switch (info.status()) {
            case "created" -> State.CREATED;
            case "running" -> State.RUNNING;
            case "paused" -> State.PAUSED;
            case "restarting" -> State.RESTARTING;
            case "dead", "removing" -> State.DEAD;
            default -> State.EXITED;
        };
    }

    /** On the network given at creation; without it, as for a container that somebody moved, on the first by name. */
    private static Optional<String> address(ContainerInfo info) {
        String main = info.addresses().getOrDefault(info.label(ContainerRequest.NETWORK_LABEL), "");
        if (!main.isEmpty()) {
            return Optional.of(main);
        }
        return info.addresses().entrySet().stream().filter(entry -> !entry.getValue().isEmpty())
                .sorted(Map.Entry.comparingByKey()).map(Map.Entry::getValue).findFirst();
    }

    @Override
    public List<String> logs(StackId stack, String service, int lines) throws BackendException {
        EngineClient client = client();
        try {
            ContainerInfo newest = null;
            for (String id : client.containers().idsWithLabel(Labels.STACK, stack.stackId().toString())) {
                ContainerInfo info = client.containers().find(id).orElse(null);
                if (info != null && info.label(Labels.PART).equals(service)
                        && (newest == null || info.startedAt().orElse(Instant.MIN)
                                .isAfter(newest.startedAt().orElse(Instant.MIN)))) {
                    newest = info;
                }
            }
            if (newest == null) {
                throw new BackendException(Kind.CONFLICT, "The service " + service + " has no container.");
            }
            return client.containers().logs(newest.id(), lines);
        } catch (EngineException e) {
            throw translate(e, "reading the logs of " + service);
        }
    }

    // ---- changing

    /** One change under way: what it is told to, and why it had to stop. */
    private static final class Turn {

        private final EngineClient client;
        private final StackSpec stack;
        private final Progress progress;
        private final Duration callTimeout;
        private @Nullable BackendException stopped;

        Turn(EngineClient client, StackSpec stack, Progress progress, Duration callTimeout) {
            this.client = client;
            this.stack = stack;
            this.progress = progress;
            this.callTimeout = callTimeout;
        }

        /** Before a call that changes something. */
        void proceed() throws BackendException {
            progress.proceed();
        }

        Waiting waiting() {
            return waiting(callTimeout);
        }

        Waiting waiting(Duration limit) {
            return new Waiting(limit, () -> {
                try {
                    progress.proceed();
                    return true;
                } catch (BackendException e) {
                    stopped = e;
                    return false;
                }
            });
        }

        ServiceSpec service(String name) throws BackendException {
            return stack.service(name)
                    .orElseThrow(() -> new BackendException(Kind.FAILED, "The stack has no service " + name + "."));
        }
    }

    @Override
    public void execute(Change change, StackSpec spec, Progress progress) throws BackendException {
        Turn turn = new Turn(client(), spec, progress, settings.callTimeout());
        try {
            switch (change) {
                case Change.CreateNetwork create -> createNetwork(turn, create.part());
                case Change.CreateVolume create -> createVolume(turn, create.part());
                case Change.CreateContainer create -> createContainer(turn, turn.service(create.part()));
                case Change.ReplaceContainer replace -> {
                    stop(turn, replace.part(), replace.oldId());
                    remove(turn, replace.part(), replace.oldId());
                    createContainer(turn, turn.service(replace.part()));
                }
                case Change.StartContainer start -> start(turn, turn.service(start.part()));
                case Change.AwaitHealthy await -> awaitHealthy(turn, turn.service(await.part()));
                case Change.StopContainer stop -> stop(turn, stop.part(), stop.id());
                case Change.RemoveContainer remove -> remove(turn, remove.part(), remove.id());
                case Change.RemoveNetwork remove -> removeNetwork(turn, remove.engineName());
                case Change.RemoveVolume remove -> removeVolume(turn, remove.engineName());
                case Change.WriteBundle bundle -> throw noBundles();
                case Change.RemoveBundle bundle -> throw noBundles();
            }
        } catch (EngineException e) {
            BackendException stopped = turn.stopped;
            throw stopped != null ? stopped : translate(e, doing(change));
        }
    }

    private static BackendException noBundles() {
        return new BackendException(Kind.UNSUPPORTED, "A container engine runs containers and writes no bundles.");
    }

    private void createNetwork(Turn turn, String part) throws BackendException, EngineException {
        StackSpec.Network network = turn.stack.networks().get(part);
        if (network == null) {
            throw new BackendException(Kind.FAILED, "The stack has no network " + part + ".");
        }
        // Two networks at once would both see the same subnet as free. Another process may still: then the engine refuses the second.
        subnetLock.lock();
        try {
            Optional<NetworkInfo> present = turn.client.networks().find(network.engineName());
            if (present.isPresent()) {
                requireOurs(turn, present.get().labels(), part, "network " + network.engineName());
                return;
            }
            List<Cidr> taken = taken(turn.client);
            for (int i = 0; i < SUBNET_TRIES; i++) {
                Cidr subnet = subnets.free(taken).orElseThrow(() -> new BackendException(Kind.REFUSED, "All subnets of "
                        + subnets
                        + " are taken. Delete stacks, or give pocket.provisioner.engine.subnet-pool a larger block."));
                turn.proceed();
                switch (turn.client.networks().create(network.engineName(), subnet.toString(), network.internal(),
                        labels(turn, network.labels()))) {
                    case NetworkCreation.Created created -> {
                        removeDoubles(turn, network.engineName());
                        turn.progress.note("network " + network.engineName() + " has " + subnet);
                        return;
                    }
                    case NetworkCreation.SubnetTaken other -> taken.add(subnet);
                    case NetworkCreation.NameTaken other -> {
                        requireOurs(turn,
                                turn.client.networks().find(network.engineName()).map(NetworkInfo::labels)
                                        .orElse(Map.of()),
                                part,
                                "network " + network.engineName());
                        return;
                    }
                }
            }
            throw new BackendException(Kind.CONFLICT, "The engine refuses one subnet of " + subnets
                    + " after the other as used by this host. "
                    + "Give pocket.provisioner.engine.subnet-pool a block that no interface, VPN or other network of the host has.");
        } finally {
            subnetLock.unlock();
        }
    }

    /**
     * Docker checks a network's name before it makes it, not while: two workers at once get two of one name, and nobody can use either by its
     * name again. Both keep the one with the lowest id.
     */
    private static void removeDoubles(Turn turn, String engineName) throws EngineException {
        if (turn.client.version().podman()) {
            return;
        }
        List<String> ids = turn.client.networks().withLabel(Labels.STACK, turn.stack.id().stackId().toString()).stream()
                .filter(network -> network.name().equals(engineName)).map(NetworkInfo::id).sorted().toList();
        for (String id : ids.subList(Math.min(1, ids.size()), ids.size())) {
            turn.client.networks().remove(id);
        }
    }

    /** What the engine's networks and the host's interfaces have. */
    private static List<Cidr> taken(EngineClient client) throws EngineException {
        List<Cidr> taken = new ArrayList<>();
        for (NetworkInfo network : client.networks().all()) {
            network.subnets().forEach(subnet -> Cidr.parse(subnet).ifPresent(taken::add));
        }
        try {
            for (NetworkInterface host : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                for (InterfaceAddress address : host.getInterfaceAddresses()) {
                    if (address.getAddress() instanceof Inet4Address ip4) {
                        Cidr.parse(ip4.getHostAddress() + "/" + address.getNetworkPrefixLength()).ifPresent(taken::add);
                    }
                }
            }
        } catch (SocketException e) {
            // The engine looks at the host's interfaces again.
            return taken;
        }
        return taken;
    }

    private static Map<String, String> labels(Turn turn, Map<String, String> labels) {
        Map<String, String> all = new java.util.LinkedHashMap<>(labels);
        all.put(Labels.COMPOSE_PROJECT, turn.stack.id().project());
        return all;
    }

    private static void createVolume(Turn turn, String part) throws BackendException, EngineException {
        StackSpec.Volume volume = turn.stack.volumes().get(part);
        if (volume == null) {
            throw new BackendException(Kind.FAILED, "The stack has no volume " + part + ".");
        }
        // Creating a volume that exists is no error for an engine: without a look first a stranger's data would be mounted.
        Optional<VolumeInfo> present = turn.client.volumes().find(volume.engineName());
        if (present.isEmpty()) {
            turn.proceed();
            present = Optional.of(turn.client.volumes().create(volume.engineName(), labels(turn, volume.labels())));
        }
        requireOurs(turn, present.get().labels(), part, "volume " + volume.engineName());
    }

    private void createContainer(Turn turn, ServiceSpec service) throws BackendException, EngineException {
        Optional<ContainerInfo> present = turn.client.containers().find(service.containerName());
        if (present.isEmpty()) {
            present = Optional.of(createAbsent(turn, service));
        }
        requireOurs(turn, present.get().labels(), service.name(), "container " + service.containerName());
        if (!present.get().label(Labels.SPEC_HASH).equals(specHash(service))) {
            throw new BackendException(Kind.CONFLICT,
                    "The container " + service.containerName() + " was made meanwhile from another revision.");
        }
        joinNetworks(turn, service, present.get());
    }

    private ContainerInfo createAbsent(Turn turn, ServiceSpec service) throws BackendException, EngineException {
        boolean pulled = false;
        while (true) {
            turn.proceed();
            ContainerCreation creation = turn.client.containers().create(service.containerName(),
                    ContainerRequest.of(turn.stack, service, turn.client.version().podman()), turn.waiting());
            switch (creation) {
                case ContainerCreation.Created created -> {
                    return turn.client.containers().find(created.id()).orElseThrow(() -> new BackendException(
                            Kind.CONFLICT,
                            "The container " + service.containerName() + " was removed as soon as it was made."));
                }
                case ContainerCreation.NameTaken taken -> {
                    return takenContainer(turn, service);
                }
                case ContainerCreation.ImageMissing missing -> {
                    if (pulled) {
                        throw imageMissing(turn, service.image(), missing.detail());
                    }
                    pull(turn, service.image());
                    pulled = true;
                }
            }
        }
    }

    /** Docker reserves a name some 50 ms before it shows the container: another worker may be creating it right now. */
    private static ContainerInfo takenContainer(Turn turn, ServiceSpec service)
            throws BackendException, EngineException {
        long deadline = System.nanoTime() + HALF_MADE.toNanos();
        while (true) {
            Optional<ContainerInfo> container = turn.client.containers().find(service.containerName());
            if (container.isPresent()) {
                return container.get();
            }
            if (System.nanoTime() > deadline) {
                throw new BackendException(Kind.CONFLICT, "The name " + service.containerName()
                        + " is in use, but by no container that the engine shows"
                        + (turn.client.version().podman()
                                ? "; what a killed Podman left goes with: podman rm --force --storage "
                                        + service.containerName()
                                : "")
                        + ".");
            }
            sleep(turn, 50);
        }
    }

    private void pull(Turn turn, String image) throws BackendException, EngineException {
        if (image.startsWith("localhost/")) {
            throw imageMissing(turn, image, "names with localhost/ are only for images made on this machine");
        }
        turn.proceed();
        turn.progress.note("pulling " + image);
        String[] last = {""};
        Pull pull = turn.client.images().pull(image, status -> {
            if (!status.equals(last[0])) {
                last[0] = status;
                turn.progress.note("pulling " + image + ": " + status);
            }
        }, turn.waiting(settings.pullTimeout()));
        if (pull instanceof Pull.Failed failed) {
            throw imageMissing(turn, image, failed.reason());
        }
    }

    private static BackendException imageMissing(Turn turn, String image, String reason) {
        String command = turn.client.version().podman() ? "podman" : "docker";
        return new BackendException(Kind.IMAGE_MISSING,
                "The image " + image + " is not on the engine's machine and could not be fetched: "
                        + reason + ". Bring it there with \"" + command + " pull " + image + "\" or \"" + command
                        + " load\""
                        + (image.startsWith("localhost/pocketagent/web:") ? " or deploy/engine/busybox-image.sh" : "")
                        + ", then apply again.");
    }

    /** The first network came with the creation. */
    private static void joinNetworks(Turn turn, ServiceSpec service, ContainerInfo container)
            throws BackendException, EngineException {
        for (String logical : service.networks()) {
            String network = ContainerRequest.engineNetwork(turn.stack, logical);
            if (!container.addresses().containsKey(network)) {
                turn.proceed();
                turn.client.networks().connect(network, container.id(), List.of(service.name()));
            }
        }
    }

    private void start(Turn turn, ServiceSpec service) throws BackendException, EngineException {
        ContainerInfo container = turn.client.containers().find(service.containerName())
                .orElseThrow(() -> gone(service));
        requireOurs(turn, container.labels(), service.name(), "container " + service.containerName());
        if (container.running() || container.status().equals("restarting")) {
            return;
        }
        for (Map.Entry<String, ServiceSpec.Condition> needed : service.dependsOn().entrySet()) {
            if (needed.getValue() == ServiceSpec.Condition.HEALTHY) {
                awaitHealthy(turn, turn.service(needed.getKey()));
            }
        }
        if (container.status().equals("paused")) {
            turn.proceed();
            turn.client.containers().unpause(container.id());
            return;
        }
        joinNetworks(turn, service, container);
        if (container.fresh()) {
            handOverVolumes(turn, service, container);
        }
        turn.proceed();
        stoppedByUs.remove(container.id());
        try {
            if (turn.client.containers().start(container.id(), turn.waiting()) == Switched.ABSENT) {
                throw gone(service);
            }
        } catch (EngineException e) {
            if (e.kind() == EngineException.Kind.REFUSED) {
                throw cannotStart(service, e);
            }
            throw e;
        }
    }

    private static BackendException gone(ServiceSpec service) {
        return new BackendException(Kind.CONFLICT, "The container " + service.containerName() + " is gone.");
    }

    private static BackendException cannotStart(ServiceSpec service, EngineException e) {
        String said = e.getMessage();
        String lower = said.toLowerCase(Locale.ROOT);
        if (lower.contains("address already in use") || lower.contains("port is already allocated")) {
            return new BackendException(Kind.CONFLICT, service.name() + " cannot start, its port is taken: " + said, e);
        }
        if (lower.contains("rlimit")) {
            return new BackendException(Kind.REFUSED,
                    service.name() + " cannot start: the engine may not raise its own limits as far as the "
                            + service.limits().openFiles()
                            + " open files asked for. Run the engine with CAP_SYS_RESOURCE, or with lower defaults as "
                            + "deploy/engine/setup-podman.sh does. The engine says: " + said,
                    e);
        }
        return new BackendException(Kind.REFUSED, service.name() + " cannot start: " + said, e);
    }

    /** Before the first start. */
    private static void handOverVolumes(Turn turn, ServiceSpec service, ContainerInfo container)
            throws BackendException, EngineException {
        boolean mounted = !turn.client.version().podman();
        for (ServiceSpec.Mount mount : service.volumes()) {
            if (!Ownership.belongsTo(turn.stack, mount, service)) {
                continue;
            }
            turn.proceed();
            try {
                if (!mounted) {
                    // Podman copies the image's directory, its owner included, into a fresh volume when it is mounted: it has to be, before.
                    turn.client.containers().init(container.id(), turn.waiting());
                    mounted = true;
                }
                turn.client.containers().unpack(container.id(), mount.path(), Ownership.archive(service.user()));
            } catch (EngineException e) {
                if (e.kind() != EngineException.Kind.REFUSED) {
                    throw e;
                }
                // The image's own directory may have the right owner already; if not, the service says so itself.
                turn.progress.note(
                        "the engine would not give " + mount.path() + " to " + service.user() + ": " + e.getMessage());
            }
        }
    }

    private void awaitHealthy(Turn turn, ServiceSpec service) throws BackendException, EngineException {
        Health health = service.health().orElse(null);
        long start = System.nanoTime();
        long limit = (health == null ? RESTART_DOUBT : health.patience()).toNanos();
        // A command inside is dear, see HealthWatch.
        long pause = health != null && health.probe() instanceof ServiceSpec.Probe.Exec ? 250 : 50;
        String shown = "";
        String reason = "it does not run";
        long endedSince = 0;
        while (true) {
            turn.proceed();
            ContainerInfo container = turn.client.containers().find(service.containerName())
                    .orElseThrow(() -> gone(service));
            requireOurs(turn, container.labels(), service.name(), "container " + service.containerName());
            State state = state(container);
            if (state == State.RUNNING) {
                endedSince = 0;
                if (health == null) {
                    return;
                }
                Prober.Answer answer = prober.ask(turn.client, container, health, address(container).orElse(""),
                        turn.waiting(health.timeout()));
                HealthWatch.Key key = new HealthWatch.Key(container.id(), container.startedAt().orElse(null));
                watch.heard(key, health, answer instanceof Prober.Answer.Well, age(container));
                if (answer instanceof Prober.Answer.Unwell unwell) {
                    reason = unwell.reason();
                } else {
                    return;
                }
            } else {
                reason = "it is " + container.status();
                boolean over = state == State.EXITED || state == State.DEAD;
                endedSince = over ? endedSince == 0 ? System.nanoTime() : endedSince : 0;
                boolean restarts = container.exitCode() != 0
                        && container.restartCount() < service.restart().maximumRetries();
                if (over && (!restarts || System.nanoTime() - endedSince > RESTART_DOUBT.toNanos())) {
                    throw ended(turn, service, container);
                }
            }
            if (!reason.equals(shown)) {
                turn.progress.note("waiting for " + service.name() + ": " + reason);
                shown = reason;
            }
            if (System.nanoTime() - start >= limit) {
                throw new BackendException(Kind.UNHEALTHY, service.name() + " did not become healthy within "
                        + Duration.ofNanos(limit).toMillis() / 1000.0 + " s: " + reason + "."
                        + lastWords(turn, service, container));
            }
            sleep(turn, pause);
            // Often in the first second, when most services come up; then at the pace of the specification.
            pause = Math.min(pause * 3 / 2 + 1, health == null ? 200 : Math.max(50, health.interval().toMillis()));
        }
    }

    private static void sleep(Turn turn, long millis) throws BackendException {
        try {
            long left = millis;
            while (left > 0) {
                Thread.sleep(Math.min(left, 500));
                left -= 500;
                if (left > 0) {
                    turn.proceed();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BackendException(Kind.STOPPED, "This worker was told to stop.", e);
        }
    }

    private BackendException ended(Turn turn, ServiceSpec service, ContainerInfo container) {
        boolean memory = container.oomKilled()
                || container.exitCode() == OOM_EXIT && !stoppedByUs.contains(container.id());
        String how = memory
                ? (container.oomKilled() ? "was killed for using" : "was killed (exit code 137), probably for using")
                        + " more than its "
                        + service.limits().memoryMib() + " MiB of memory"
                : "ended with exit code " + container.exitCode();
        String restarts = container.restartCount() > 0 ? " after " + container.restartCount() + " restarts" : "";
        String error = container.error().isBlank() ? "" : " The engine says: " + container.error();
        return new BackendException(Kind.UNHEALTHY,
                service.name() + " " + how + restarts + "." + error + lastWords(turn, service, container));
    }

    /** What the container wrote last, without the secrets that it was given. */
    private static String lastWords(Turn turn, ServiceSpec service, ContainerInfo container) {
        try {
            String text = String.join(" | ", turn.client.containers().logs(container.id(), LAST_WORDS)).strip();
            for (SecretText secret : service.secrets().values()) {
                if (!secret.reveal().isBlank()) {
                    text = text.replace(secret.reveal(), secret.toString());
                }
            }
            return text.isEmpty()
                    ? " It wrote nothing."
                    : " Its last words: " + (text.length() > 1000 ? text.substring(0, 1000) : text);
        } catch (EngineException e) {
            return "";
        }
    }

    private void stop(Turn turn, String part, String id) throws BackendException, EngineException {
        ContainerInfo container = turn.client.containers().find(id).orElse(null);
        if (container == null) {
            return;
        }
        requireOurs(turn, container.labels(), part, "container " + container.name());
        if (!container.running() && !container.status().equals("paused") && !container.status().equals("restarting")) {
            return;
        }
        turn.proceed();
        if (container.status().equals("paused")) {
            // Podman refuses to stop a paused container, and a paused program could not end politely.
            turn.client.containers().unpause(container.id());
        }
        if (stoppedByUs.size() >= MAX_REMEMBERED) {
            stoppedByUs.clear();
        }
        stoppedByUs.add(container.id());
        Duration grace = turn.stack.service(part).map(ServiceSpec::stopGrace).orElse(DEFAULT_GRACE);
        turn.client.containers().stop(container.id(), grace, turn.waiting());
    }

    private static void remove(Turn turn, String part, String id) throws BackendException, EngineException {
        long deadline = System.nanoTime() + turn.callTimeout.toNanos();
        while (true) {
            ContainerInfo container = turn.client.containers().find(id).orElse(null);
            if (container == null) {
                return;
            }
            requireOurs(turn, container.labels(), part, "container " + container.name());
            turn.proceed();
            // Forced, since a restart policy may have started it once more.
            Removal removal = turn.client.containers().remove(container.id(), true, turn.waiting());
            if (removal instanceof Removal.InUse inUse) {
                // "Removal is already in progress", by another worker or a call of ours whose answer was lost.
                if (System.nanoTime() > deadline) {
                    throw new BackendException(Kind.CONFLICT,
                            "The container " + container.name() + " cannot be removed: " + inUse.detail());
                }
                sleep(turn, 200);
            } else {
                return;
            }
        }
    }

    private static void removeNetwork(Turn turn, String engineName) throws BackendException, EngineException {
        Optional<NetworkInfo> network = turn.client.networks().find(engineName);
        if (network.isEmpty()) {
            return;
        }
        requireOurs(turn, network.get().labels(), null, "network " + engineName);
        turn.proceed();
        if (turn.client.networks().remove(engineName) instanceof Removal.InUse inUse) {
            throw new BackendException(Kind.CONFLICT,
                    "The network " + engineName + " is still in use: " + inUse.detail());
        }
    }

    private static void removeVolume(Turn turn, String engineName) throws BackendException, EngineException {
        Optional<VolumeInfo> volume = turn.client.volumes().find(engineName);
        if (volume.isEmpty()) {
            return;
        }
        requireOurs(turn, volume.get().labels(), null, "volume " + engineName);
        turn.proceed();
        if (turn.client.volumes().remove(engineName) instanceof Removal.InUse inUse) {
            throw new BackendException(Kind.CONFLICT,
                    "The volume " + engineName + " is still in use: " + inUse.detail());
        }
    }

    /** Nothing of anybody else is ever used, replaced or removed, whatever its name. */
    private static void requireOurs(Turn turn, Map<String, String> labels, @Nullable String part, String what)
            throws BackendException {
        boolean ours = turn.stack.id().stackId().toString().equals(labels.get(Labels.STACK))
                && (part == null || part.equals(labels.get(Labels.PART)));
        if (!ours) {
            throw new BackendException(Kind.CONFLICT,
                    "The name of the " + what
                            + " is taken by something that does not belong to this stack. Rename or remove that.");
        }
    }

    private static String specHash(ServiceSpec service) {
        return service.labels().getOrDefault(Labels.SPEC_HASH, service.hash());
    }

    // ---- words

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
                // Ask anew who is there before the next call.
                Known now = known;
                known = new Known(now.client(), now.reason(), now.cure(), 0);
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
