package dev.pocketagent.provisioner.stack;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.quota.Holds;
import dev.pocketagent.provisioner.backend.Backend;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.operation.OperationHandler;
import dev.pocketagent.provisioner.operation.Operations;
import dev.pocketagent.provisioner.operation.RunningOperation;
import dev.pocketagent.provisioner.plan.Planner;
import dev.pocketagent.provisioner.policy.Draft;

/**
 * Makes a stack's desired state true. It looks at what is desired now and at what is there now, never at what an operation was meant to
 * do when it was queued: so it does not matter how often, how late or after which crash it runs.
 */
@ApplicationScoped
class StackHandler implements OperationHandler {

    private record Work(StackRow row, Map<String, Draft.Versioned> secrets) {}

    private final StackStore store;
    private final RowScope rows;
    private final Compiler compiler;
    private final Backends backends;
    private final Operations operations;
    private final Holds holds;

    @Inject
    StackHandler(StackStore store, RowScope rows, Compiler compiler, Backends backends,
            Operations operations, Holds holds) {
        this.store = store;
        this.rows = rows;
        this.compiler = compiler;
        this.backends = backends;
        this.operations = operations;
        this.holds = holds;
    }

    @Override
    public void run(RunningOperation operation) throws BackendException {
        Optional<Work> found = rows.inAllTenants(() -> store.find(operation.stackId()).map(row -> {
            store.state(row.id(), "deploying");
            return new Work(row, store.secrets(row.tenantId(), row.id()));
        }));
        if (found.isEmpty()) {
            return;
        }
        StackRow row = found.get().row();
        Backend backend = backends.get(row.backend());
        String desired = row.suspended() && !row.desired().equals("deleted") ? "stopped" : row.desired();
        StackSpec spec = spec(row, found.get().secrets(), desired);
        Observed observed = backend.observe(row.stackId());
        List<Change> changes = switch (desired) {
            case "running" -> Planner.apply(spec, observed);
            case "stopped" -> Planner.stop(spec, observed);
            default -> Planner.delete(spec, observed);
        };
        int position = operation.plan(changes.stream().map(change -> Changes.step(change, spec)).toList());
        for (Change change : changes) {
            operation.step(position++, change.mutates(), () -> backend.execute(change, spec, operation));
        }
    }

    @Override
    public void ended(RunningOperation operation, boolean succeeded) {
        store.find(operation.stackId()).ifPresent(row -> {
            if (!succeeded) {
                store.state(row.id(), "failed");
            } else if (row.desired().equals("deleted")) {
                // An apply may have read the row before it was marked: what it made is removed by the deletion queued behind it, which needs
                // the row for that.
                if (operation.kind().equals("delete")) {
                    store.remove(row.id());
                    // Not before: until now its containers used the machine.
                    holds.gone(StackHolders.name(row.id()));
                }
            } else if (row.backend().equals("bundle")) {
                store.state(row.id(), "bundled");
            } else {
                store.state(row.id(), row.suspended() || row.desired().equals("stopped") ? "stopped" : "running");
            }
        });
        if (succeeded && store.erased(operation.tenantId())) {
            operations.forget(operation.tenantId());
        }
    }

    /** A stack can always be deleted or stopped, even if its template is gone: what is there is found by labels. */
    private StackSpec spec(StackRow row, Map<String, Draft.Versioned> secrets, String desired) throws BackendException {
        try {
            return compiler.compile(row, secrets).spec();
        } catch (BackendException e) {
            if (desired.equals("running")) {
                throw e;
            }
            return new StackSpec(row.stackId(), row.template(), row.revision(), Map.of(), Map.of(), Map.of(),
                    row.specHash());
        }
    }
}
