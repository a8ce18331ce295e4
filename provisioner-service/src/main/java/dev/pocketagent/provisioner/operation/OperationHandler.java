package dev.pocketagent.provisioner.operation;

import dev.pocketagent.provisioner.backend.BackendException;

/** What operations do. */
public interface OperationHandler {

    /**
     * Does the work, or what is left of it: the operation may have been run by a worker that died, so this looks at what is there first.
     * Runs outside of any transaction.
     */
    void run(RunningOperation operation) throws BackendException;

    /** Told in the transaction that ends the operation, which is in its history as over. */
    void ended(RunningOperation operation, boolean succeeded);
}
