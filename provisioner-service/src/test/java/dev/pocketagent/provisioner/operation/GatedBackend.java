package dev.pocketagent.provisioner.operation;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.inject.Singleton;

import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.Backend;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.plan.MemoryEngine;

/** Containers in memory behind a gate, at which a test can hold a change, break it, or see it pass. */
@Singleton
public class GatedBackend implements Backend {

    /** What happens before a change is made. */
    public interface Gate {
        void pass(Change change, Progress progress) throws BackendException;
    }

    public static final Gate OPEN = (change, progress) -> {
        // nothing is in the way
    };

    private final Map<UUID, MemoryEngine> engines = new ConcurrentHashMap<>();
    public volatile Gate gate = OPEN;

    public MemoryEngine engine(UUID stack) {
        return engines.computeIfAbsent(stack, id -> new MemoryEngine());
    }

    @Override
    public String name() {
        return "gated";
    }

    @Override
    public Availability availability() {
        return new Availability.Available("memory");
    }

    @Override
    public Observed observe(StackId stack) {
        MemoryEngine engine = engine(stack.stackId());
        synchronized (engine) {
            return engine.observe();
        }
    }

    @Override
    public void execute(Change change, StackSpec spec, Progress progress) throws BackendException {
        progress.proceed();
        progress.note("at the gate");
        gate.pass(change, progress);
        MemoryEngine engine = engine(spec.id().stackId());
        synchronized (engine) {
            engine.execute(change, spec);
        }
    }

    @Override
    public List<String> logs(StackId stack, String service, int lines) {
        return List.of("line of " + service);
    }
}
