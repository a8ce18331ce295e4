package dev.pocketagent.router.provider;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

/**
 * Threads beside the event loops, for reading large bodies. Few, because a body that is just being read stays in memory also
 * when its client has left, and counts for nobody then.
 */
public final class LargeBodies {

    private static final int THREADS = 2;

    private LargeBodies() {}

    /** The same threads for all callers; Vert.x ends them when it is closed. */
    public static WorkerExecutor readers(Vertx vertx) {
        return vertx.createSharedWorkerExecutor("large-bodies", THREADS);
    }
}
