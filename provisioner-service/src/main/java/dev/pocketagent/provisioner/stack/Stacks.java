package dev.pocketagent.provisioner.stack;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.quota.Amounts;
import dev.pocketagent.kit.quota.Holds;
import dev.pocketagent.kit.quota.QuotaProblem;
import dev.pocketagent.kit.registry.TenantAccount;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.operation.Operations;
import dev.pocketagent.provisioner.policy.Draft;
import dev.pocketagent.provisioner.stack.StackViews.Accepted;
import dev.pocketagent.provisioner.stack.StackViews.Wanted;
import dev.pocketagent.provisioner.template.ParameterRules;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/** Changes of the desired state. Everything runs in the caller's transaction, whose row scope covers the tenant. */
@ApplicationScoped
class Stacks {

    /**
     * A wish that was checked against template, policy and plan limits.
     *
     * @param before the stack as stored; empty for a new one
     */
    record Prepared(StackId id, Optional<StackRow> before, Map<String, Draft.Versioned> storedSecrets,
            Compiler.Compiled compiled,
            int templateVersion, Backends.Choice choice, boolean changed) {

        StackSpec spec() {
            return compiled.review().spec();
        }

        List<String> warnings() {
            return compiled.review().notes().stream().map(note -> "[" + note.rule() + "] " + note.message()).toList();
        }
    }

    /** What a stack is to take of its tenant's quota, and in whose name. */
    record Need(String holder, Amounts amounts) {}

    private final StackStore store;
    private final Compiler compiler;
    private final Backends backends;
    private final Operations operations;
    private final Holds holds;
    private final Clock clock;

    @Inject
    Stacks(StackStore store, Compiler compiler, Backends backends, Operations operations, Holds holds, Clock clock) {
        this.store = store;
        this.compiler = compiler;
        this.backends = backends;
        this.operations = operations;
        this.holds = holds;
        this.clock = clock;
    }

    /**
     * Checks a wish without changing anything. Holds the tenant's lock until the transaction ends.
     *
     * @param fresh id of the stack if it is a new one
     */
    Prepared prepare(TenantAccount tenant, Wanted wanted, UUID fresh) {
        ParameterRules rules = allowed(tenant, wanted);
        Tree.Fields given = parameters(wanted.parameters());
        store.lockTenant(tenant.id());
        if (store.erased(tenant.id())) {
            // The caller's key or the registry's answer was older than the erasure.
            throw ProblemException.notFound("tenant", tenant.id());
        }
        Optional<StackRow> before = store.named(tenant.id(), wanted.name());
        Backends.Choice choice = choice(before, wanted.backend());
        Checked checked = check(tenant, wanted, rules, given, before, fresh);
        return new Prepared(checked.id(), before, checked.storedSecrets(), checked.compiled(),
                rules.template().version(), choice, checked.changed());
    }

    /**
     * What a wish takes of the tenant's quota. A look without the tenant's lock: {@link #prepare} finds out again.
     *
     * @return nothing when that is what the stack has already
     */
    Optional<Need> need(TenantAccount tenant, Wanted wanted, UUID fresh) {
        ParameterRules rules = allowed(tenant, wanted);
        Optional<StackRow> before = store.seen(tenant.id(), wanted.name());
        Checked checked = check(tenant, wanted, rules, parameters(wanted.parameters()), before, fresh);
        Amounts amounts = StackHolders.amounts(checked.compiled().review().spec());
        return before.map(StackRow::amounts).filter(amounts::equals).isPresent()
                ? Optional.empty()
                : Optional.of(new Need(StackHolders.name(checked.id().stackId()), amounts));
    }

    private ParameterRules allowed(TenantAccount tenant, Wanted wanted) {
        if (!tenant.active()) {
            throw new ProblemException(CommonProblem.TENANT_SUSPENDED,
                    "Resume the tenant first; its stacks are stopped meanwhile.");
        }
        ParameterRules rules = compiler.template(wanted.template());
        List<String> templates = tenant.limits().templates();
        if (!templates.contains("*") && !templates.contains(wanted.template())) {
            throw new ProblemException(ProvisionerProblem.TEMPLATE_NOT_ALLOWED, "The plan " + tenant.limits().plan()
                    + " includes " + String.join(", ", templates) + ", not " + wanted.template() + ".");
        }
        return rules;
    }

    private record Checked(StackId id, Map<String, Draft.Versioned> storedSecrets, Compiler.Compiled compiled,
            boolean changed) {}

    private Checked check(TenantAccount tenant, Wanted wanted, ParameterRules rules, Tree.Fields given,
            Optional<StackRow> before, UUID fresh) {
        Map<String, Draft.Versioned> stored = before.map(row -> store.secrets(row.tenantId(), row.id()))
                .orElse(Map.of());
        StackId id = before.map(StackRow::stackId)
                .orElseGet(() -> new StackId(tenant.id(), tenant.slug(), fresh, wanted.name()));
        long present = before.map(StackRow::revision).orElse(0L);
        Compiler.Compiled compiled = compiler.compile(id, rules, present + 1, given, stored);
        boolean changed = before
                .map(row -> !row.specHash().equals(compiled.review().spec().hash()) || !row.template().equals(wanted
                        .template()) || !row.parameters().equals(compiled.plain()) || !row.desired().equals("running"))
                .orElse(true);
        if (!changed) {
            // The revision that is stored, so that a plan shows no other number.
            return new Checked(id, stored, compiler.compile(id, rules, present, given, stored), false);
        }
        checkQuota(tenant, id, before, compiled.review().spec());
        return new Checked(id, stored, compiled, true);
    }

    /**
     * Stores the wish and queues the operation that makes it true.
     *
     * @param attempt what was reserved for it
     * @throws dev.pocketagent.kit.quota.Reserved.OutdatedException when it takes something else by now
     */
    Accepted apply(TenantAccount tenant, Wanted wanted, Attempt attempt, UUID actor) {
        Prepared prepared = prepare(tenant, wanted, attempt.fresh());
        StackSpec spec = prepared.spec();
        if (prepared.changed()) {
            Instant now = clock.instant();
            StackRow row = new StackRow(prepared.id().stackId(), tenant.id(), prepared.id().tenantSlug(), wanted.name(),
                    wanted.template(),
                    prepared.templateVersion(), prepared.choice().backend().name(), prepared.compiled().plain(),
                    spec.cpuMillis(), spec
                            .memoryMib(),
                    spec.volumes().size(), spec.revision(), spec.hash(), "running", false, "pending",
                    prepared.before().map(
                            StackRow::version).orElse(0L) + 1,
                    now, now);
            if (prepared.before().map(StackRow::amounts).filter(row.amounts()::equals).isEmpty()) {
                attempt.keep(StackHolders.name(row.id()), row.amounts());
            }
            if (prepared.before().isPresent()) {
                store.update(row);
            } else {
                store.insert(row);
            }
            store.putSecrets(tenant.id(), row.id(), prepared.compiled().secrets(), prepared.storedSecrets());
        }
        UUID operation = operations.enqueue(tenant.id(), prepared.id().stackId(), "apply", actor);
        return new Accepted(operation, "apply", "queued", prepared.id().stackId(), tenant.id(), wanted.name(),
                prepared.choice().backend()
                        .name(),
                prepared.choice().reason(), spec.revision(), spec.hash(), prepared.warnings());
    }

    /** Marks the stack as to be deleted and queues it; again and again is fine. */
    Accepted delete(StackRow found, UUID actor) {
        store.lockTenant(found.tenantId());
        StackRow row = store.find(found.id()).orElseThrow(() -> ProblemException.notFound("stack", found.id()));
        if (!row.desired().equals("deleted")) {
            row = desired(row, "deleted", row.suspended());
        }
        UUID operation = operations.enqueue(row.tenantId(), row.id(), "delete", actor);
        return new Accepted(operation, "delete", "queued", row.id(), row.tenantId(), row.name(), row.backend(),
                "where the stack lives", row
                        .revision(),
                row.specHash(), List.of());
    }

    /** Stops or starts all stacks of a tenant that has been suspended or resumed. What is so already is left alone. */
    void suspend(UUID tenant, boolean suspended) {
        store.lockTenant(tenant);
        for (StackRow row : store.ofTenant(tenant)) {
            if (row.suspended() != suspended && !row.desired().equals("deleted")) {
                desired(row, row.desired(), suspended);
                operations.enqueue(tenant, row.id(), suspended ? "suspend" : "resume", null);
            }
        }
    }

    /**
     * Erases a tenant: at once its secrets with their key and the history of what is over, and by the deletions that are queued here its
     * stacks with their volumes. With the end of the last one nothing is left but the tenant's id. Again and again is fine.
     */
    void erase(UUID tenant) {
        store.lockTenant(tenant);
        store.shred(tenant);
        holds.forget(tenant);
        for (StackRow row : store.ofTenant(tenant)) {
            if (!row.desired().equals("deleted")) {
                desired(row, "deleted", row.suspended());
            }
            operations.enqueue(tenant, row.id(), "delete", null);
        }
        // Behind the loop, which waits for deletions that end just now and do not see yet that the tenant is erased.
        operations.forget(tenant);
    }

    private StackRow desired(StackRow row, String desired, boolean suspended) {
        StackRow changed = new StackRow(row.id(), row.tenantId(), row.tenantSlug(), row.name(), row.template(),
                row.templateVersion(), row
                        .backend(),
                row.parameters(), row.cpuMillis(), row.memoryMib(), row.volumes(), row.revision(), row.specHash(),
                desired,
                suspended,
                row
                        .state(),
                row.version() + 1, row.createdAt(), clock.instant());
        store.update(changed);
        return changed;
    }

    private Backends.Choice choice(Optional<StackRow> before, @Nullable String asked) {
        if (before.isEmpty()) {
            return backends.choose(asked);
        }
        String name = before.get().backend();
        if (asked != null && !asked.equals(Backends.AUTO) && !asked.equals(name)) {
            throw new ProblemException(CommonProblem.CONFLICT, "The stack lives in the backend " + name
                    + " and cannot move. Delete it and create it anew, or leave 'backend' out.");
        }
        return new Backends.Choice(backends.choose(name).backend(), "where the stack lives");
    }

    /**
     * What grows has to fit into the plan beside the tenant's other stacks. The registry says the last word, over all services;
     * this names the stacks, and answers a plan without reserving anything.
     */
    private void checkQuota(TenantAccount tenant, StackId id, Optional<StackRow> before, StackSpec spec) {
        StackStore.Usage others = store.usageWithout(tenant.id(), id.stackId());
        PlanLimits limits = tenant.limits();
        Amounts had = before.map(StackRow::amounts).orElse(Amounts.NONE);
        Amounts needed = StackHolders.amounts(spec);
        List<InputError> errors = new ArrayList<>();
        check(errors, "stacks", others.stacks(), needed, had, "stacks", limits.stacks(), "");
        check(errors, "cpu", others.cpuMillis(), needed, had, "cpuMillis", limits.cpuMillis(),
                " thousandths of a core");
        check(errors, "memory", others.memoryMib(), needed, had, "memoryMib", limits.memoryMib(), " MiB");
        check(errors, "volumes", others.volumes(), needed, had, "volumes", limits.volumes(), "");
        if (!errors.isEmpty()) {
            throw new ProblemException(QuotaProblem.QUOTA_EXCEEDED,
                    "Plan " + limits.plan() + ": " + String.join("; ", errors.stream()
                            .map(InputError::detail).toList())
                            + ". Make the stack smaller, delete another, or move to a larger plan.",
                    errors);
        }
    }

    private static void check(List<InputError> errors, String what, int used, Amounts needed, Amounts had,
            String resource, int limit, String unit) {
        int wanted = needed.of(resource);
        if (wanted > had.of(resource) && (long) used + wanted > limit) {
            errors.add(new InputError("/" + what,
                    what + " limit " + limit + unit + ", other stacks use " + used + ", this one needs "
                            + wanted));
        }
    }

    private static Tree.Fields parameters(@Nullable JsonNode json) {
        if (json == null || json.isNull()) {
            return Tree.empty();
        }
        if (!json.isObject()) {
            throw ProblemException.invalid("/parameters", "must be an object");
        }
        try {
            return Trees.ofJson(json) instanceof Tree.Fields fields ? fields : Tree.empty();
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid("/parameters", "is " + e.getMessage());
        }
    }
}
