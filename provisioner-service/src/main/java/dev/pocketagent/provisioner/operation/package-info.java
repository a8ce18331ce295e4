/**
 * Long work on stacks: a queue in a table, workers that hold leases, live steps, and the REST view of it all. It survives the death of
 * the process at any point and runs on any number of replicas. What an operation does is its handler's business; nothing here knows.
 */
@NullMarked
package dev.pocketagent.provisioner.operation;

import org.jspecify.annotations.NullMarked;
