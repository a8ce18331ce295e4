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

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
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

    private final StackStore store;
    private final Compiler compiler;
    private final Backends backends;
    private final Operations operations;
    private final Clock clock;

    @Inject
    Stacks(StackStore store, Compiler compiler, Backends backends, Operations operations, Clock clock) {
        this.store = store;
        this.compiler = compiler;
        this.backends = backends;
        this.operations = operations;
        this.clock = clock;
    }

    /** Checks a wish without changing anything. Holds the tenant's lock until the transaction ends. */
    Prepared prepare(TenantAccount tenant, Wanted wanted) {
        if (tenant.suspended()) {
            throw new ProblemException(CommonProblem.TENANT_SUSPENDED,
                    "Resume the tenant first; its stacks are stopped meanwhile.");
        }
        ParameterRules rules = compiler.template(wanted.template());
        if (!tenant.mayUse(wanted.template())) {
            throw new ProblemException(ProvisionerProblem.TEMPLATE_NOT_ALLOWED,
                    "The plan " + tenant.plan() + " includes "
                            + String.join(", ", tenant.templates()) + ", not " + wanted.template() + ".");
        }
        Tree.Fields given = parameters(wanted.parameters());
        store.lockTenant(tenant.id());
        if (store.erased(tenant.id())) {
            // The caller's key or the registry's answer was older than the erasure.
            throw ProblemException.notFound("tenant", tenant.id());
        }
        Optional<StackRow> before = store.named(tenant.id(), wanted.name());
        Backends.Choice choice = choice(before, wanted.backend());
        Map<String, Draft.Versioned> stored = before.map(row -> store.secrets(row.tenantId(), row.id()))
                .orElse(Map.of());
        StackId id = before.map(StackRow::stackId)
                .orElseGet(() -> new StackId(tenant.id(), tenant.slug(), Ids.next(clock), wanted.name()));
        long present = before.map(StackRow::revision).orElse(0L);
        Compiler.Compiled compiled = compiler.compile(id, rules, present + 1, given, stored);
        boolean changed = before
                .map(row -> !row.specHash().equals(compiled.review().spec().hash()) || !row.template().equals(wanted
                        .template()) || !row.parameters().equals(compiled.plain()) || !row.desired().equals("running"))
                .orElse(true);
        if (!changed) {
            // The revision that is stored, so that a plan shows no other number.
            Compiler.Compiled same = compiler.compile(id, rules, present, given, stored);
            return new Prepared(id, before, stored, same, rules.template().version(), choice, false);
        }
        checkQuota(tenant, id, compiled.review().spec());
        return new Prepared(id, before, stored, compiled, rules.template().version(), choice, true);
    }

    /** Stores the wish and queues the operation that makes it true. */
    Accepted apply(TenantAccount tenant, Wanted wanted, UUID actor) {
        Prepared prepared = prepare(tenant, wanted);
        StackSpec spec = prepared.spec();
        if (prepared.changed()) {
            Instant now = clock.instant();
            StackRow row = new StackRow(prepared.id().stackId(), tenant.id(), prepared.id().tenantSlug(), wanted.name(),
                    wanted.template(),
                    prepared.templateVersion(), prepared.choice().backend().name(), prepared.compiled().plain(),
                    spec.cpuMillis(), spec
                            .memoryMib(),
                    spec.revision(), spec.hash(), "running", false, "pending", prepared.before().map(
                            StackRow::version).orElse(0L) + 1,
                    now, now);
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
                row.parameters(), row.cpuMillis(), row.memoryMib(), row.revision(), row.specHash(), desired, suspended,
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

    private void checkQuota(TenantAccount tenant, StackId id, StackSpec spec) {
        StackStore.Usage others = store.usageWithout(tenant.id(), id.stackId());
        List<InputError> errors = new ArrayList<>();
        check(errors, "stacks", others.stacks(), 1, tenant.stacks(), "");
        check(errors, "cpu", others.cpuMillis(), spec.cpuMillis(), tenant.cpuMillis(), " thousandths of a core");
        check(errors, "memory", others.memoryMib(), spec.memoryMib(), tenant.memoryMib(), " MiB");
        if (!errors.isEmpty()) {
            throw new ProblemException(ProvisionerProblem.QUOTA_EXCEEDED,
                    "Plan " + tenant.plan() + ": " + String.join("; ", errors.stream()
                            .map(InputError::detail).toList())
                            + ". Make the stack smaller, delete another, or move to a larger plan.",
                    errors);
        }
    }

    private static void check(List<InputError> errors, String what, int used, int wanted, int limit, String unit) {
        if ((long) used + wanted > limit) {
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
