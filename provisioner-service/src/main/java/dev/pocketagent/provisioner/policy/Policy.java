package dev.pocketagent.provisioner.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/**
 * Reviews a Compose document against the allow-list and turns it into a complete specification. Modelled on Kubernetes' restricted Pod
 * Security Standard, with limits on top.
 */
public final class Policy {

    private static final Set<String> ALLOWED = Set.of("services", "networks", "volumes");
    /** Keys that are refused with a rule of their own, so that the answer says why. */
    private static final Map<String, Rule> REFUSED = Map.of("include", Rule.OTHER_DOCUMENT, "secrets",
            Rule.FILE_OF_HOST, "configs", Rule.FILE_OF_HOST, "name", Rule.NAME_FIXED);

    private final PolicySettings settings;

    public Policy(PolicySettings settings) {
        this.settings = settings;
    }

    /** Never throws on a document, whatever is in it. */
    public Review review(Draft draft) {
        List<Finding> refusals = new ArrayList<>();
        List<Finding> notes = new ArrayList<>();
        Place root = new Place(draft.document(), "", refusals);
        for (Map.Entry<String, Tree> entry : root.entries()) {
            if (!ALLOWED.contains(entry.getKey())) {
                root.refuse(REFUSED.getOrDefault(entry.getKey(), Rule.KEY_NOT_ALLOWED), entry.getKey(), "");
            }
        }
        DeclaredParts parts = DeclaredParts.read(root);
        Map<String, ServiceSpec> services = services(root, new ServiceReview(draft, settings, parts, notes));
        if (refusals.isEmpty() && (services.isEmpty() || services.size() > settings.maxServices())) {
            root.refuse(Rule.LIMIT_RANGE, "services", "1 to " + settings.maxServices() + " are possible");
        }
        if (!refusals.isEmpty()) {
            return new Review.Refused(refusals);
        }
        try {
            return new Review.Approved(assemble(draft, parts, services), notes);
        } catch (IllegalArgumentException e) {
            root.refuse(Rule.DEPENDENCY, "services", String.valueOf(e.getMessage()));
            return new Review.Refused(refusals);
        }
    }

    private static Map<String, ServiceSpec> services(Place root, ServiceReview review) {
        Map<String, ServiceSpec> services = new LinkedHashMap<>();
        root.place("services").ifPresent(all -> {
            for (Map.Entry<String, Tree> entry : all.entries()) {
                String name = entry.getKey();
                if (DeclaredParts.named(all, name)) {
                    all.place(name).flatMap(place -> review.read(name, place))
                            .ifPresent(service -> services.put(name, service));
                }
            }
        });
        return services;
    }

    /** @throws IllegalArgumentException when services wait for each other in a circle, or for one that is not there */
    private static StackSpec assemble(Draft draft, DeclaredParts parts, Map<String, ServiceSpec> services) {
        Map<String, StackSpec.Network> networks = new LinkedHashMap<>();
        Map<String, StackSpec.Volume> volumes = new LinkedHashMap<>();
        Map<String, Tree> hashes = new LinkedHashMap<>();
        parts.networks().forEach((name, internal) -> {
            networks.put(name, new StackSpec.Network(name, draft.id().project() + "_" + name, internal,
                    draft.labels(name, Map.of())));
            hashes.put("network:" + name, Tree.flag(internal));
        });
        parts.volumes().forEach(name -> {
            volumes.put(name, new StackSpec.Volume(name, draft.id().project() + "_" + name,
                    draft.labels(name, Map.of())));
            hashes.put("volume:" + name, Tree.NOTHING);
        });
        services.forEach((name, service) -> hashes.put("service:" + name, Tree.text(service.hash())));
        return new StackSpec(draft.id(), draft.template(), draft.revision(), networks, volumes, services,
                Trees.sha256(new Tree.Fields(hashes)));
    }
}
