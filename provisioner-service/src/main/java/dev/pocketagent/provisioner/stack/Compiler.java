package dev.pocketagent.provisioner.stack;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.policy.Draft;
import dev.pocketagent.provisioner.policy.Policy;
import dev.pocketagent.provisioner.policy.Review;
import dev.pocketagent.provisioner.render.Renderer;
import dev.pocketagent.provisioner.template.Catalogue;
import dev.pocketagent.provisioner.template.ParameterRules;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/** From template and parameters to an approved specification. */
@ApplicationScoped
class Compiler {

    /**
     * @param plain parameters to store
     * @param secrets those that the stack will have, with their versions
     */
    record Compiled(Review.Approved review, Tree.Fields plain, Map<String, Draft.Versioned> secrets) {}

    private final Catalogue catalogue;
    private final Policy policy;
    private final StackConfig config;
    private final SecureRandom random = new SecureRandom();

    @Inject
    Compiler(Catalogue catalogue, Policy policy, StackConfig config) {
        this.catalogue = catalogue;
        this.policy = policy;
        this.config = config;
    }

    ParameterRules template(String name) {
        return catalogue.find(name)
                .orElseThrow(() -> ProblemException.invalid("/template", "is not known; there are " + String.join(", ",
                        catalogue.all().stream().map(t -> t.name()).toList())));
    }

    /**
     * What a caller's input means.
     *
     * @param stored the secrets that the stack has already, with their values
     * @throws ProblemException 400 for parameters that do not fit, 422 for what the policy refuses
     */
    Compiled compile(StackId id, ParameterRules rules, long revision, Tree.Fields given,
            Map<String, Draft.Versioned> stored) {
        switch (rules.resolve(withDefaults(rules.template().name(), given), stored.keySet(), this::generate)) {
            case ParameterRules.Invalid invalid -> {
                List<InputError> errors = invalid.faults().stream()
                        .map(f -> new InputError("/parameters" + f.pointer(), f.detail()))
                        .toList();
                throw new ProblemException(CommonProblem.INVALID_INPUT,
                        errors.getFirst().pointer() + ": " + errors.getFirst().detail(),
                        errors);
            }
            case ParameterRules.Valid valid -> {
                Map<String, Draft.Versioned> secrets = new LinkedHashMap<>();
                stored.forEach((reference, secret) -> {
                    if (valid.replaced().stream().noneMatch(map -> reference.startsWith(map + "."))) {
                        secrets.put(reference, secret);
                    }
                });
                valid.secrets().forEach((reference, value) -> {
                    Draft.Versioned before = stored.get(reference);
                    secrets.put(reference, before == null
                            ? new Draft.Versioned(value, 1)
                            : before.value().equals(value) ? before : new Draft.Versioned(value, before.version() + 1));
                });
                Map<String, Draft.Versioned> used = new HashMap<>(secrets);
                return switch (review(id, rules, revision, valid.values(), used)) {
                    case Review.Approved approved -> new Compiled(approved, valid.plain(), secrets);
                    case Review.Refused refused -> throw new ProblemException(ProvisionerProblem.POLICY_REFUSED,
                            refused.findings()
                                    .getFirst().message(),
                            refused.findings().stream().map(f -> new InputError(f.pointer(), "[" + f.rule() + "] "
                                    + f.message())).toList());
                };
            }
        }
    }

    /**
     * What a stored stack means today.
     *
     * @throws BackendException when its template is gone or its parameters do not fit any more
     */
    Review.Approved compile(StackRow row, Map<String, Draft.Versioned> secrets) throws BackendException {
        ParameterRules rules = catalogue.find(row.template()).orElseThrow(() -> refused("its template " + row.template()
                + " is no longer there"));
        return switch (rules.resolve(row.parameters(), secrets.keySet(), this::generate)) {
            case ParameterRules.Invalid invalid ->
                throw refused("its parameters do not fit the template any more: " + invalid.faults()
                        .getFirst().pointer() + " " + invalid.faults().getFirst().detail());
            case ParameterRules.Valid valid ->
                switch (review(row.stackId(), rules, row.revision(), valid.values(), secrets)) {
                    case Review.Approved approved -> approved;
                    case Review.Refused refused ->
                        throw refused("the policy refuses it now: " + refused.findings().getFirst().message());
                };
        };
    }

    private Review review(StackId id, ParameterRules rules, long revision, Map<String, Tree> values,
            Map<String, Draft.Versioned> secrets) {
        return policy.review(new Draft(id, rules.template().name(), revision,
                Renderer.render(rules.template().document(), Renderer.named(values, id)), rules.template().exceptions(),
                secrets));
    }

    /** What the caller gave, on top of what the operator set for all. */
    private Tree.Fields withDefaults(String template, Tree.Fields given) {
        Map<String, Tree> all = new LinkedHashMap<>();
        config.defaults().getOrDefault(template, Map.of())
                .forEach((name, value) -> all.put(name, Trees.readYaml(value)));
        all.putAll(given.fields());
        return new Tree.Fields(all);
    }

    private String generate(int bytes) {
        byte[] fresh = new byte[bytes];
        random.nextBytes(fresh);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(fresh);
    }

    private static BackendException refused(String why) {
        return new BackendException(BackendException.Kind.REFUSED, why);
    }
}
