package dev.pocketagent.provisioner.engine.http;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How long somebody is willing to wait.
 *
 * @param limit for the whole exchange, from connecting to the last byte
 * @param goOn asked about twice a second while nothing comes; false gives up with {@link EngineException.Kind#ABANDONED}
 */
public record Waiting(Duration limit, BooleanSupplier goOn) {

    /** Without anybody who could change their mind. */
    public static Waiting atMost(Duration limit) {
        return new Waiting(limit, () -> true);
    }

    public Waiting withLimit(Duration other) {
        return new Waiting(other, goOn);
    }
}
