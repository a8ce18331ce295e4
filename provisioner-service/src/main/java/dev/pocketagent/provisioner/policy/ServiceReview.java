package dev.pocketagent.provisioner.policy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.ServiceSpec.Condition;
import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.backend.ServiceSpec.Limits;
import dev.pocketagent.provisioner.backend.ServiceSpec.LogLimits;
import dev.pocketagent.provisioner.backend.ServiceSpec.Mount;
import dev.pocketagent.provisioner.backend.ServiceSpec.Restart;
import dev.pocketagent.provisioner.backend.ServiceSpec.Tmpfs;
import dev.pocketagent.provisioner.backend.ServiceSpec.User;
import dev.pocketagent.provisioner.compose.ComposeDocument;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/** Reads one service of a document after the other: every key is allowed, refused by its rule, or replaced by a guardrail's default. */
final class ServiceReview {

    private static final LogLimits LOGS = new LogLimits(10, 3);
    private static final Pattern LABEL = Pattern.compile("app\\.[a-z0-9][a-z0-9._-]{0,98}");

    private final Draft draft;
    private final PolicySettings settings;
    private final DeclaredParts parts;
    private final List<Finding> notes;

    /** @param notes gets what is worth knowing of a service that passes */
    ServiceReview(Draft draft, PolicySettings settings, DeclaredParts parts, List<Finding> notes) {
        this.draft = draft;
        this.settings = settings;
        this.parts = parts;
        this.notes = notes;
    }

    /** The complete service; empty: something of it was refused. */
    Optional<ServiceSpec> read(String name, Place place) {
        int before = place.refusals();
        Exemptions exemptions = new Exemptions(draft.exceptions(), name, notes);
        ServiceKeys.check(place);
        String image = ImageRules.read(place, settings, notes);
        EnvironmentRules.Environment environment = EnvironmentRules.read(place, draft.secrets());
        Optional<Limits> limits = LimitRules.read(place, settings);
        User user = PrivilegeRules.user(place, exemptions);
        boolean init = PrivilegeRules.init(place, exemptions);
        boolean readOnly = PrivilegeRules.readOnly(place, exemptions);
        List<Tmpfs> tmpfs = StorageRules.tmpfs(place, exemptions);
        List<Mount> mounts = StorageRules.mounts(place, parts.volumes());
        List<String> networks = NetworkRules.joined(place, parts.networks());
        List<Integer> ports = NetworkRules.ports(place);
        Optional<Health> health = HealthRules.read(place);
        Map<String, Condition> dependsOn = LifecycleRules.dependsOn(place);
        Restart restart = LifecycleRules.restart(place);
        Duration grace = LifecycleRules.stopGrace(place, exemptions);
        Map<String, String> labels = labels(place);
        PrivilegeRules.confinement(place);
        if (place.refusals() > before || limits.isEmpty()) {
            return Optional.empty();
        }
        if (health.isEmpty()) {
            notes.add(new Finding("health-missing", place.pointer(), place.pointer()
                    + " has no health check: it counts as well as soon as it runs"));
        }
        ServiceSpec service = new ServiceSpec(name, draft.id().container(name), image, place.texts("entrypoint", true),
                place.texts("command", true), environment.plain(), environment.secrets(), limits.get(), user, init,
                readOnly, tmpfs, mounts, networks, ports, health, dependsOn, restart, grace, LOGS, labels, "");
        return Optional.of(labelled(service, environment.secretVersions()));
    }

    private static Map<String, String> labels(Place place) {
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

    /** With the platform's labels beside its own, and with its hash. */
    private ServiceSpec labelled(ServiceSpec service, Tree.Fields secretVersions) {
        // The compose form is what shapes the container; revision and our labels are left out, so that an update touches only what changed.
        String hash = Trees.sha256(new Tree.Fields(
                Map.of("service", ComposeDocument.service(service), "secrets", secretVersions)));
        Map<String, String> labels = draft.labels(service.name(), service.labels());
        labels.put(Labels.SPEC_HASH, hash);
        return service.labelled(labels, hash);
    }
}
