package dev.pocketagent.provisioner.engine;

import java.time.Clock;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

import dev.pocketagent.provisioner.engine.api.CallMeter;
import io.micrometer.core.instrument.MeterRegistry;

/** The engine backend as a bean, with its calls counted. */
@ApplicationScoped
public class EngineBeans {

    @Produces
    @Singleton
    EngineBackend engineBackend(EngineConfig config, MeterRegistry metrics) {
        CallMeter meter = (operation, status, nanos, mutates) -> metrics
                .timer("pocket_engine_calls", "operation", operation, "outcome", outcome(status))
                .record(nanos, TimeUnit.NANOSECONDS);
        return new EngineBackend(config.settings(), System.getenv(), meter, Clock.systemUTC());
    }

    private static String outcome(int status) {
        return status == 0 ? "none" : status / 100 + "xx";
    }
}
