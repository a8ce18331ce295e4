package dev.pocketagent.provisioner.policy;

import static java.util.Map.entry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.SecretText;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.ServiceSpec.Condition;
import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.backend.ServiceSpec.Limits;
import dev.pocketagent.provisioner.backend.ServiceSpec.LogLimits;
import dev.pocketagent.provisioner.backend.ServiceSpec.Mount;
import dev.pocketagent.provisioner.backend.ServiceSpec.Probe;
import dev.pocketagent.provisioner.backend.ServiceSpec.Restart;
import dev.pocketagent.provisioner.backend.ServiceSpec.Tmpfs;
import dev.pocketagent.provisioner.backend.ServiceSpec.User;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.compose.ComposeDocument;
import dev.pocketagent.provisioner.template.Template;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/**
 * Reviews a Compose document against the allow-list and turns it into a complete specification. Modelled on Kubernetes' restricted Pod
 * Security Standard, with limits on top.
 */
public final class Policy {

    /** Keys that are refused with a rule of their own, so that the answer says why; all other unknown keys are refused too. */
    private static final Map<String, Rule> REFUSED = Map.ofEntries(
            entry("privileged", Rule.PRIVILEGED),
            entry("cap_add", Rule.CAPABILITIES),
            entry("devices", Rule.DEVICES),
            entry("gpus", Rule.DEVICES),
            entry("device_cgroup_rules", Rule.DEVICES),
            entry("network_mode", Rule.HOST_NAMESPACE),
            entry("pid", Rule.HOST_NAMESPACE),
            entry("ipc", Rule.HOST_NAMESPACE),
            entry("uts", Rule.HOST_NAMESPACE),
            entry("userns_mode", Rule.HOST_NAMESPACE),
            entry("cgroup", Rule.HOST_NAMESPACE),
            entry("cgroup_parent", Rule.HOST_NAMESPACE),
            entry("volumes_from", Rule.HOST_NAMESPACE),
            entry("sysctls", Rule.SYSCTLS),
            entry("env_file", Rule.FILE_OF_HOST),
            entry("label_file", Rule.FILE_OF_HOST),
            entry("credential_spec", Rule.FILE_OF_HOST),
            entry("secrets", Rule.FILE_OF_HOST),
            entry("configs", Rule.FILE_OF_HOST),
            entry("extends", Rule.OTHER_DOCUMENT),
            entry("build", Rule.BUILD),
            entry("container_name", Rule.NAME_FIXED),
            entry("hostname", Rule.NAME_FIXED),
            entry("domainname", Rule.NAME_FIXED),
            entry("links", Rule.EXTERNAL_RESOURCE),
            entry("external_links", Rule.EXTERNAL_RESOURCE),
            entry("use_api_socket", Rule.ENGINE_ACCESS),
            entry("provider", Rule.HOOKS),
            entry("post_start", Rule.HOOKS),
            entry("pre_stop", Rule.HOOKS),
            entry("extra_hosts", Rule.EXTRA_HOSTS));

    private static final Set<String> ALLOWED = Set.of("image", "command", "entrypoint", "environment", "healthcheck",
            "depends_on",
            "volumes", "networks", "ports", "restart", "user", "tmpfs", "labels", "stop_grace_period", "init", "deploy",
            "cpus",
            "mem_limit", "memswap_limit", "pids_limit", "read_only", "cap_drop", "security_opt", "x-pocket-probe");

    private static final Map<String, Rule> REFUSED_AT_TOP = Map.of("include", Rule.OTHER_DOCUMENT, "secrets",
            Rule.FILE_OF_HOST,
            "configs", Rule.FILE_OF_HOST, "name", Rule.NAME_FIXED);

    private static final Pattern PART_NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?");
    private static final Pattern ENVIRONMENT_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final Pattern CONTAINER_PATH = Pattern.compile("/[A-Za-z0-9._/-]{1,254}");
    private static final Pattern USER = Pattern.compile("(\\d{1,9}):(\\d{1,9})");
    private static final Pattern RESTART = Pattern.compile("on-failure(?::(\\d{1,2}))?");
    private static final Pattern LOOPBACK_PORT = Pattern.compile("127\\.0\\.0\\.1::(\\d{1,5})(?:/tcp)?");
    private static final Pattern LABEL = Pattern.compile("app\\.[a-z0-9][a-z0-9._-]{0,98}");

    private static final int FIRST_FREE_ID = 10_000;
    private static final User DEFAULT_USER = new User(10_001, 10_001);
    private static final int DEFAULT_PIDS = 256;
    private static final int OPEN_FILES = 4096;
    private static final Restart DEFAULT_RESTART = new Restart(5);
    private static final LogLimits LOGS = new LogLimits(10, 3);
    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);
    private static final Duration MAX_GRACE = Duration.ofSeconds(60);
    private static final Duration MAX_EXEMPT_GRACE = Duration.ofMinutes(10);
    private static final Tmpfs DEFAULT_TMP = new Tmpfs("/tmp", 64, false);

    private final PolicySettings settings;

    public Policy(PolicySettings settings) {
        this.settings = settings;
    }

    /** Never throws on a document, whatever is in it. */
    public Review review(Draft draft) {
        return new Reviewing(draft).review();
    }

    private final class Reviewing {

        private final Draft draft;
        private final List<Finding> refusals = new ArrayList<>();
        private final List<Finding> notes = new ArrayList<>();

        Reviewing(Draft draft) {
            this.draft = draft;
        }

        Review review() {
            Place root = new Place(draft.document(), "", refusals);
            for (Map.Entry<String, Tree> entry : root.entries()) {
                if (!Set.of("services", "networks", "volumes").contains(entry.getKey())) {
                    root.refuse(REFUSED_AT_TOP.getOrDefault(entry.getKey(), Rule.KEY_NOT_ALLOWED), entry.getKey(), "");
                }
            }
            Map<String, Boolean> networks = networks(root);
            Set<String> volumes = volumes(root);
            Map<String, ServiceSpec> services = new LinkedHashMap<>();
            root.place("services").ifPresent(all -> {
                for (Map.Entry<String, Tree> entry : all.entries()) {
                    String name = entry.getKey();
                    if (!PART_NAME.matcher(name).matches()) {
                        all.refuse(Rule.VALUE_INVALID, name, "a name has up to 22 of a-z, 0-9 and -");
                    } else {
                        all.place(name).flatMap(place -> service(name, place, networks, volumes))
                                .ifPresent(s -> services.put(name, s));
                    }
                }
            });
            if (refusals.isEmpty() && (services.isEmpty() || services.size() > settings.maxServices())) {
                root.refuse(Rule.LIMIT_RANGE, "services", "1 to " + settings.maxServices() + " are possible");
            }
            if (!refusals.isEmpty()) {
                return new Review.Refused(refusals);
            }
            try {
                return new Review.Approved(assemble(networks, volumes, services), notes);
            } catch (IllegalArgumentException e) {
                root.refuse(Rule.DEPENDENCY, "services", String.valueOf(e.getMessage()));
                return new Review.Refused(refusals);
            }
        }

        private StackSpec assemble(Map<String, Boolean> networkNames, Set<String> volumeNames,
                Map<String, ServiceSpec> services) {
            Map<String, StackSpec.Network> networks = new LinkedHashMap<>();
            Map<String, StackSpec.Volume> volumes = new LinkedHashMap<>();
            Map<String, Tree> hashes = new LinkedHashMap<>();
            networkNames.forEach((name, internal) -> {
                networks.put(name, new StackSpec.Network(name, draft.id().project() + "_" + name, internal,
                        labels(name, Map.of())));
                hashes.put("network:" + name, Tree.flag(internal));
            });
            volumeNames.forEach(name -> {
                volumes.put(name,
                        new StackSpec.Volume(name, draft.id().project() + "_" + name, labels(name, Map.of())));
                hashes.put("volume:" + name, Tree.NOTHING);
            });
            services.forEach((name, service) -> hashes.put("service:" + name, Tree.text(service.hash())));
            return new StackSpec(draft.id(), draft.template(), draft.revision(), networks, volumes, services,
                    Trees.sha256(new Tree.Fields(hashes)));
        }

        private Map<String, Boolean> networks(Place root) {
            Map<String, Boolean> networks = new LinkedHashMap<>();
            root.place("networks").ifPresent(all -> {
                for (Map.Entry<String, Tree> entry : all.entries()) {
                    boolean named = PART_NAME.matcher(entry.getKey()).matches();
                    if (!named) {
                        all.refuse(Rule.VALUE_INVALID, entry.getKey(), "a name has up to 22 of a-z, 0-9 and -");
                    }
                    all.place(entry.getKey()).ifPresent(place -> {
                        for (Map.Entry<String, Tree> key : place.entries()) {
                            switch (key.getKey()) {
                                case "internal" -> {
                                    // read below
                                }
                                case "external" -> place.refuse(Rule.EXTERNAL_RESOURCE, "external", "");
                                case "name" -> place.refuse(Rule.NAME_FIXED, "name", "");
                                default -> place.refuse(Rule.NETWORK_OPTIONS, key.getKey(), "");
                            }
                        }
                        networks.put(entry.getKey(), place.flag("internal").orElse(false));
                    });
                }
            });
            if (networks.isEmpty()) {
                networks.put("default", false);
            }
            return networks;
        }

        private Set<String> volumes(Place root) {
            Set<String> volumes = new LinkedHashSet<>();
            root.place("volumes").ifPresent(all -> {
                for (Map.Entry<String, Tree> entry : all.entries()) {
                    if (!PART_NAME.matcher(entry.getKey()).matches()) {
                        all.refuse(Rule.VALUE_INVALID, entry.getKey(), "a name has up to 22 of a-z, 0-9 and -");
                    }
                    all.place(entry.getKey()).ifPresent(place -> {
                        for (Map.Entry<String, Tree> key : place.entries()) {
                            place.refuse(switch (key.getKey()) {
                                case "external" -> Rule.EXTERNAL_RESOURCE;
                                case "name" -> Rule.NAME_FIXED;
                                default -> Rule.VOLUME_DRIVER;
                            }, key.getKey(), "");
                        }
                    });
                    volumes.add(entry.getKey());
                }
            });
            return volumes;
        }

        private Optional<ServiceSpec> service(String name, Place place, Map<String, Boolean> networks,
                Set<String> volumes) {
            int before = refusals.size();
            keys(place);
            String image = image(place);
            Map<String, String> secretReferences = new LinkedHashMap<>();
            Map<String, String> environment = environment(place, secretReferences);
            Map<String, SecretText> secrets = new LinkedHashMap<>();
            Map<String, Tree> secretVersions = new LinkedHashMap<>();
            secretReferences.forEach((variable, reference) -> {
                Draft.Versioned secret = draft.secrets().get(reference);
                if (secret == null) {
                    place.refuse(Rule.VALUE_INVALID, "environment", "the secret " + reference + " has no value");
                } else if (!Place.sound(secret.value().reveal())) {
                    place.refuse(Rule.TEXT_INVALID, "environment", "in the secret " + reference);
                } else {
                    secrets.put(variable, secret.value());
                    secretVersions.put(variable, Tree.text(reference + "@" + secret.version()));
                }
            });
            Optional<Limits> limits = limits(place);
            User user = user(name, place);
            boolean init = place.flag("init").orElse(true);
            if (!init) {
                exempt(Rule.INIT_OFF, name, place, "init");
            }
            boolean readOnly = place.flag("read_only").orElse(true);
            if (!readOnly) {
                exempt(Rule.WRITABLE_ROOT, name, place, "read_only");
            }
            List<Tmpfs> tmpfs = tmpfs(name, place);
            List<Mount> mounts = mounts(place, volumes);
            List<String> joined = joined(place, networks);
            List<Integer> ports = ports(place);
            Optional<Health> health = health(place);
            Map<String, Condition> dependsOn = dependsOn(place);
            Restart restart = restart(place);
            Duration grace = grace(name, place);
            Map<String, String> own = ownLabels(place);
            dropAndConfine(place);
            if (refusals.size() > before || limits.isEmpty()) {
                return Optional.empty();
            }
            if (health.isEmpty()) {
                notes.add(new Finding("health-missing", place.pointer(), place.pointer()
                        + " has no health check: it counts as well as soon as it runs"));
            }
            ServiceSpec unlabelled = new ServiceSpec(name, draft.id().container(name), image,
                    place.texts("entrypoint", true),
                    place.texts("command", true), environment, secrets, limits.get(), user, init, readOnly, tmpfs,
                    mounts, joined, ports,
                    health, dependsOn, restart, grace, LOGS, own, "");
            // The compose form is what shapes the container; revision and our labels are left out, so that an update touches only what changed.
            String hash = Trees.sha256(new Tree.Fields(Map.of("service", ComposeDocument.service(unlabelled), "secrets",
                    new Tree.Fields(secretVersions))));
            Map<String, String> labels = labels(name, own);
            labels.put(Labels.SPEC_HASH, hash);
            return Optional.of(new ServiceSpec(name, unlabelled.containerName(), image, unlabelled.entrypoint(),
                    unlabelled.command(),
                    environment, secrets, limits.get(), user, init, readOnly, tmpfs, mounts, joined, ports, health,
                    dependsOn, restart,
                    grace, LOGS, labels, hash));
        }

        private void keys(Place place) {
            for (Map.Entry<String, Tree> entry : place.entries()) {
                if (!ALLOWED.contains(entry.getKey())) {
                    place.refuse(REFUSED.getOrDefault(entry.getKey(), Rule.KEY_NOT_ALLOWED), entry.getKey(), "");
                }
            }
        }

        private String image(Place place) {
            if (!place.has("image")) {
                place.refuse(Rule.VALUE_INVALID, "image", "an image is needed");
                return "";
            }
            String text = place.text("image").orElse("");
            if (text.isEmpty()) {
                return text;
            }
            Optional<ImageName> parsed = ImageName.parse(text);
            if (parsed.isEmpty()) {
                place.refuse(Rule.VALUE_INVALID, "image", "not an image reference");
                return text;
            }
            ImageName name = parsed.get();
            if (!settings.allows(name)) {
                place.refuse(Rule.IMAGE_REGISTRY, "image",
                        name.repository() + " is not below " + String.join(", ", settings.images()));
            }
            if (!name.pinned()) {
                place.refuse(Rule.IMAGE_PIN, "image", "");
            } else if (name.digest().isEmpty()) {
                notes.add(new Finding("image-digest", Trees.pointer(place.pointer(), "image"),
                        text + " is named by tag: the registry can change what it means; a digest cannot change"));
            }
            return text;
        }

        private Map<String, String> environment(Place place, Map<String, String> secretReferences) {
            Map<String, String> environment = place.textMap("environment", secretReferences);
            Set<String> names = new LinkedHashSet<>(environment.keySet());
            names.addAll(secretReferences.keySet());
            for (String variable : names) {
                if (!ENVIRONMENT_NAME.matcher(variable).matches()) {
                    place.refuse(Rule.VALUE_INVALID, "environment", "a name has letters, digits and _ only");
                }
            }
            return environment;
        }

        private Optional<Limits> limits(Place place) {
            Optional<Integer> cpu = place.cpuMillis("cpus", settings.maxCpuMillis());
            Optional<Integer> memory = place.mib("mem_limit", 4, settings.maxMemoryMib());
            Optional<Integer> pids = place.whole("pids_limit", 1, 512);
            if (place.has("memswap_limit")) {
                // Swap is never granted; the same figure as the memory limit says just that.
                Optional<Integer> swap = place.mib("memswap_limit", 4, settings.maxMemoryMib());
                if (swap.isPresent() && !swap.equals(memory)) {
                    place.refuse(Rule.LIMIT_RANGE, "memswap_limit", "it must equal mem_limit: there is no swap");
                }
            }
            boolean cpuNamed = place.has("cpus");
            boolean memoryNamed = place.has("mem_limit");
            Optional<Place> deploy = place.place("deploy");
            if (deploy.isPresent()) {
                only(deploy.get(), "resources");
                Optional<Place> resources = deploy.get().place("resources");
                if (resources.isPresent()) {
                    only(resources.get(), "limits", "reservations");
                    Optional<Place> reservations = resources.get().place("reservations");
                    reservations.ifPresent(place2 -> place2.entries().forEach(e -> {
                        if (e.getKey().equals("devices") || e.getKey().equals("generic_resources")) {
                            place2.refuse(Rule.DEVICES, e.getKey(), "");
                        } else {
                            place2.refuse(Rule.KEY_NOT_ALLOWED, e.getKey(), "");
                        }
                    }));
                    Optional<Place> limits = resources.get().place("limits");
                    if (limits.isPresent()) {
                        only(limits.get(), "cpus", "memory", "pids");
                        cpuNamed |= limits.get().has("cpus");
                        memoryNamed |= limits.get().has("memory");
                        cpu = cpu.or(() -> limits.get().cpuMillis("cpus", settings.maxCpuMillis()));
                        memory = memory.or(() -> limits.get().mib("memory", 4, settings.maxMemoryMib()));
                        pids = pids.or(() -> limits.get().whole("pids", 1, 512));
                    }
                }
            }
            if (!cpuNamed) {
                place.refuse(Rule.LIMIT_MISSING, "cpus", "");
            }
            if (!memoryNamed) {
                place.refuse(Rule.LIMIT_MISSING, "mem_limit", "");
            }
            if (cpu.isEmpty() || memory.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new Limits(cpu.get(), memory.get(), pids.orElse(DEFAULT_PIDS), OPEN_FILES));
        }

        private User user(String name, Place place) {
            if (!place.has("user")) {
                return DEFAULT_USER;
            }
            String text = place.text("user").orElse("");
            Matcher matcher = USER.matcher(text);
            if (!matcher.matches()) {
                place.refuse(Rule.VALUE_INVALID, "user", "numeric user and group are expected, e.g. 10001:10001");
                return DEFAULT_USER;
            }
            User user = new User(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            if (user.uid() == 0 || user.gid() == 0) {
                // No exception reaches as far as root.
                place.refuse(Rule.USER_ID, "user", "root is never allowed");
            } else if (user.uid() < FIRST_FREE_ID || user.gid() < FIRST_FREE_ID) {
                exempt(Rule.USER_ID, name, place, "user");
            }
            return user;
        }

        private List<Tmpfs> tmpfs(String name, Place place) {
            List<Tmpfs> result = new ArrayList<>();
            for (String text : place.texts("tmpfs", true)) {
                int colon = text.indexOf(':');
                String path = colon < 0 ? text : text.substring(0, colon);
                int size = DEFAULT_TMP.sizeMib();
                boolean exec = false;
                if (!CONTAINER_PATH.matcher(path).matches()) {
                    place.refuse(Rule.VALUE_INVALID, "tmpfs", "an absolute path is expected");
                    continue;
                }
                if (colon >= 0) {
                    for (String option : text.substring(colon + 1).split(",", -1)) {
                        if (option.startsWith("size=")) {
                            size = place.mibAt(Tree.text(option.substring(5)), "tmpfs", 1, 1024).orElse(size);
                        } else if (option.equals("exec")) {
                            exec = true;
                            exempt(Rule.TMPFS_EXEC, name, place, "tmpfs");
                        } else if (!option.equals("mode=1777")) {
                            place.refuse(Rule.VALUE_INVALID, "tmpfs", "the options are size=, exec and mode=1777");
                        }
                    }
                }
                result.add(new Tmpfs(path, size, exec));
            }
            if (result.stream().noneMatch(t -> t.path().equals("/tmp"))) {
                result.add(DEFAULT_TMP);
            }
            return result;
        }

        private List<Mount> mounts(Place place, Set<String> volumes) {
            List<Mount> result = new ArrayList<>();
            if (place.get("volumes").orElse(Tree.NOTHING) instanceof Tree.Items items) {
                int index = 0;
                for (Tree item : items.items()) {
                    String at = Trees.pointer(Trees.pointer(place.pointer(), "volumes"), index++);
                    if (item instanceof Tree.Fields fields) {
                        Place mount = new Place(fields, at, refusals);
                        only(mount, "type", "source", "target", "read_only");
                        String type = mount.text("type").orElse("");
                        if (!type.equals("volume")) {
                            mount.refuse(type.equals("bind") ? Rule.BIND_MOUNT : Rule.VOLUME_DRIVER, "type", "");
                            continue;
                        }
                        mount(mount.text("source").orElse(""), mount.text("target").orElse(""),
                                mount.flag("read_only").orElse(false), at,
                                volumes, place).ifPresent(result::add);
                    } else {
                        place.textAt(item, at).ifPresent(text -> {
                            String[] parts = text.split(":", -1);
                            boolean readOnly = parts.length == 3 && parts[2].equals("ro");
                            if (parts.length < 2 || parts.length > 3
                                    || parts.length == 3 && !readOnly && !parts[2].equals("rw")) {
                                place.refuseAt(Rule.VALUE_INVALID, at, "name:/path or name:/path:ro is expected");
                            } else {
                                mount(parts[0], parts[1], readOnly, at, volumes, place).ifPresent(result::add);
                            }
                        });
                    }
                }
            } else if (place.has("volumes")) {
                place.refuse(Rule.VALUE_INVALID, "volumes", "a list is expected");
            }
            return result;
        }

        private Optional<Mount> mount(String source, String target, boolean readOnly, String at, Set<String> volumes,
                Place place) {
            if (source.startsWith("/") || source.startsWith(".") || source.startsWith("~") || source.startsWith("\\")) {
                place.refuseAt(Rule.BIND_MOUNT, at, "");
                return Optional.empty();
            }
            if (!volumes.contains(source)) {
                place.refuseAt(Rule.EXTERNAL_RESOURCE, at, "the document declares no such volume");
                return Optional.empty();
            }
            if (!CONTAINER_PATH.matcher(target).matches() || List.of(target.split("/")).contains("..")) {
                place.refuseAt(Rule.VALUE_INVALID, at, "an absolute path in the container is expected");
                return Optional.empty();
            }
            return Optional.of(new Mount(source, target, readOnly));
        }

        private List<String> joined(Place place, Map<String, Boolean> networks) {
            Set<String> names = new LinkedHashSet<>();
            Tree tree = place.get("networks").orElse(Tree.NOTHING);
            if (tree instanceof Tree.Fields) {
                place.place("networks").ifPresent(all -> all.entries().forEach(entry -> {
                    names.add(entry.getKey());
                    // Fixed addresses and aliases: names are given by the platform.
                    all.place(entry.getKey())
                            .ifPresent(below -> below.entries().forEach(key -> below.refuse(Rule.NETWORK_OPTIONS,
                                    key.getKey(), "")));
                }));
            } else {
                names.addAll(place.texts("networks", false));
            }
            for (String name : names) {
                if (!networks.containsKey(name)) {
                    place.refuse(Rule.EXTERNAL_RESOURCE, "networks", "the document declares no such network");
                }
            }
            if (names.isEmpty()) {
                names.add(networks.containsKey("default") ? "default" : networks.keySet().iterator().next());
            }
            return List.copyOf(names);
        }

        private List<Integer> ports(Place place) {
            Set<Integer> result = new LinkedHashSet<>();
            for (String text : portTexts(place)) {
                Matcher matcher = LOOPBACK_PORT.matcher(text);
                if (!matcher.matches()) {
                    place.refuse(Rule.HOST_PORT, "ports", "");
                    continue;
                }
                int port = Integer.parseInt(matcher.group(1));
                if (port < 1 || port > 65_535) {
                    place.refuse(Rule.VALUE_INVALID, "ports", "a port is from 1 to 65535");
                } else {
                    result.add(port);
                }
            }
            return List.copyOf(result);
        }

        private List<String> portTexts(Place place) {
            if (place.get("ports").orElse(Tree.NOTHING) instanceof Tree.Items items
                    && items.items().stream().anyMatch(i -> i instanceof Tree.Num || i instanceof Tree.Fields)) {
                // 8080 and the long form publish on all addresses unless told otherwise.
                place.refuse(Rule.HOST_PORT, "ports", "");
                return List.of();
            }
            return place.texts("ports", false);
        }

        private Optional<Health> health(Place place) {
            Optional<Place> check = place.place("healthcheck");
            if (check.isEmpty()) {
                return Optional.empty();
            }
            Place below = check.get();
            only(below, "test", "interval", "timeout", "retries", "start_period");
            List<String> test = below.texts("test", false);
            List<String> command = switch (test.isEmpty() ? "" : test.getFirst()) {
                case "CMD" -> test.subList(1, test.size());
                case "CMD-SHELL" -> test.size() == 2 ? List.of("/bin/sh", "-c", test.get(1)) : List.of();
                default -> List.of();
            };
            if (command.isEmpty()) {
                below.refuse(Rule.VALUE_INVALID, "test", "[CMD, program, ...] or [CMD-SHELL, text] is expected");
                return Optional.empty();
            }
            Probe probe = probe(place).orElse(new Probe.Exec(command));
            Duration interval = below.duration("interval").orElse(Duration.ofSeconds(10));
            Duration timeout = below.duration("timeout").orElse(Duration.ofSeconds(5));
            Duration startPeriod = below.duration("start_period").orElse(Duration.ZERO);
            if (interval.compareTo(Duration.ofSeconds(1)) < 0 || interval.compareTo(Duration.ofMinutes(10)) > 0
                    || timeout.compareTo(Duration.ofMillis(100)) < 0 || timeout.compareTo(Duration.ofMinutes(1)) > 0
                    || startPeriod.compareTo(Duration.ofMinutes(10)) > 0) {
                below.refuse(Rule.LIMIT_RANGE, "interval",
                        "interval 1s to 10m, timeout 100ms to 1m, start_period up to 10m");
            }
            int retries = below.whole("retries", 1, 60).orElse(3);
            return Optional.of(new Health(probe, command, interval, timeout, retries, startPeriod));
        }

        private Optional<Probe> probe(Place place) {
            Optional<Place> given = place.place("x-pocket-probe");
            if (given.isEmpty()) {
                return Optional.empty();
            }
            only(given.get(), "http", "tcp");
            Optional<Place> http = given.get().place("http");
            if (http.isPresent()) {
                only(http.get(), "port", "path");
                Optional<Integer> port = http.get().whole("port", 1, 65_535);
                String path = http.get().text("path").orElse("/");
                if (!path.matches("/[\\x21-\\x7e]{0,500}")) {
                    http.get().refuse(Rule.VALUE_INVALID, "path", "a URL path is expected");
                }
                return port.map(p -> new Probe.Http(p, path));
            }
            return given.get().place("tcp").flatMap(tcp -> {
                only(tcp, "port");
                return tcp.whole("port", 1, 65_535).map(Probe.Tcp::new);
            });
        }

        private Map<String, Condition> dependsOn(Place place) {
            Map<String, Condition> result = new LinkedHashMap<>();
            if (place.get("depends_on").orElse(Tree.NOTHING) instanceof Tree.Items) {
                place.texts("depends_on", false).forEach(name -> result.put(name, Condition.STARTED));
                return result;
            }
            place.place("depends_on")
                    .ifPresent(all -> all.entries().forEach(entry -> all.place(entry.getKey()).ifPresent(below -> {
                        only(below, "condition");
                        switch (below.text("condition").orElse("service_started")) {
                            case "service_started" -> result.put(entry.getKey(), Condition.STARTED);
                            case "service_healthy" -> result.put(entry.getKey(), Condition.HEALTHY);
                            default -> below.refuse(Rule.VALUE_INVALID, "condition",
                                    "service_started or service_healthy is expected");
                        }
                    })));
            return result;
        }

        private Restart restart(Place place) {
            Optional<String> text = place.text("restart");
            if (text.isEmpty()) {
                return DEFAULT_RESTART;
            }
            Matcher matcher = RESTART.matcher(text.get());
            if (text.get().equals("no")) {
                return new Restart(0);
            }
            if (!matcher.matches() || matcher.group(1) != null && Integer.parseInt(matcher.group(1)) > 10) {
                place.refuse(Rule.RESTART, "restart", "");
                return DEFAULT_RESTART;
            }
            return matcher.group(1) == null ? DEFAULT_RESTART : new Restart(Integer.parseInt(matcher.group(1)));
        }

        private Duration grace(String name, Place place) {
            Duration grace = place.duration("stop_grace_period").orElse(DEFAULT_GRACE);
            if (grace.compareTo(MAX_EXEMPT_GRACE) > 0) {
                place.refuse(Rule.STOP_GRACE, "stop_grace_period", "10 minutes are the most that any exception gives");
            } else if (grace.compareTo(MAX_GRACE) > 0) {
                exempt(Rule.STOP_GRACE, name, place, "stop_grace_period");
            }
            return grace;
        }

        private Map<String, String> ownLabels(Place place) {
            Map<String, String> secrets = new LinkedHashMap<>();
            Map<String, String> labels = place.textMap("labels", secrets);
            if (!secrets.isEmpty()) {
                place.refuse(Rule.SECRET_PLACE, "labels", "");
            }
            for (String label : labels.keySet()) {
                if (!LABEL.matcher(label).matches()) {
                    place.refuse(Rule.LABEL, "labels", "");
                }
            }
            return labels;
        }

        private void dropAndConfine(Place place) {
            for (String capability : place.texts("cap_drop", false)) {
                if (!capability.equalsIgnoreCase("ALL")) {
                    place.refuse(Rule.CAPABILITIES, "cap_drop", "all are dropped already");
                }
            }
            for (String option : place.texts("security_opt", false)) {
                if (!Set.of("no-new-privileges", "no-new-privileges:true").contains(option)) {
                    place.refuse(Rule.SECURITY_OPTIONS, "security_opt", "");
                }
            }
        }

        private void only(Place place, String... keys) {
            Set<String> known = Set.of(keys);
            place.entries().forEach(entry -> {
                if (!known.contains(entry.getKey())) {
                    place.refuse(Rule.KEY_NOT_ALLOWED, entry.getKey(), "");
                }
            });
        }

        private void exempt(Rule rule, String service, Place place, String key) {
            for (Template.Exemption exemption : draft.exceptions()) {
                if (exemption.rule().equals(rule.id()) && exemption.service().equals(service)) {
                    notes.add(new Finding(rule.id(), Trees.pointer(place.pointer(), key),
                            Trees.pointer(place.pointer(), key) + " "
                                    + rule.sentence() + "; the template may: " + exemption.reason()));
                    return;
                }
            }
            place.refuse(rule, key, "");
        }

        private Map<String, String> labels(String part, Map<String, String> own) {
            Map<String, String> labels = new LinkedHashMap<>(own);
            labels.put(Labels.TENANT, draft.id().tenantId().toString());
            labels.put(Labels.STACK, draft.id().stackId().toString());
            labels.put(Labels.STACK_NAME, draft.id().name());
            labels.put(Labels.PART, part);
            labels.put(Labels.TEMPLATE, draft.template());
            labels.put(Labels.REVISION, String.valueOf(draft.revision()));
            return labels;
        }
    }
}
