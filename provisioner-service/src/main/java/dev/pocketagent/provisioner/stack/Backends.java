package dev.pocketagent.provisioner.stack;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.Backend;
import dev.pocketagent.provisioner.backend.BackendException;
import io.quarkus.arc.All;

/** The backends that are there, and which one a stack goes to. Every bean of type {@link Backend} is one. */
@ApplicationScoped
class Backends {

    static final String AUTO = "auto";
    private static final String ENGINE = "engine";
    private static final String BUNDLE = "bundle";

    /** @param reason in words for people */
    record Choice(Backend backend, String reason) {}

    private final List<Backend> all;
    private final StackConfig config;

    @Inject
    Backends(@All List<Backend> all, StackConfig config) {
        this.all = all;
        this.config = config;
    }

    List<Backend> all() {
        return all;
    }

    /**
     * The backend for a new stack.
     *
     * @param asked by the caller; null or {@code auto} leaves it to the configuration
     */
    Choice choose(@Nullable String asked) {
        boolean open = asked == null || asked.equals(AUTO);
        String wanted = asked == null || open ? config.backend().toLowerCase(Locale.ROOT) : asked;
        if (wanted.equals(AUTO)) {
            Optional<Backend> engine = named(ENGINE);
            if (engine.isPresent() && engine.get().availability() instanceof Availability.Available available) {
                return new Choice(engine.get(), "auto: " + available.detail() + " answers");
            }
            String why = engine.isPresent()
                    && engine.get().availability() instanceof Availability.Unavailable unavailable
                            ? unavailable.reason() + "; " + unavailable.cure()
                            : "this build has none";
            return new Choice(usable(BUNDLE),
                    "auto: no container engine (" + why + "), so the stack is written as a bundle");
        }
        if (!open && named(wanted).isEmpty()) {
            throw ProblemException.invalid("/backend",
                    "must be auto, " + String.join(" or ", all.stream().map(Backend::name).toList()));
        }
        Backend backend = usable(wanted);
        return new Choice(backend, open ? "set by the operator" : "asked for");
    }

    /** The backend that a stack lives in. */
    Backend get(String name) throws BackendException {
        return named(name).orElseThrow(
                () -> new BackendException(BackendException.Kind.UNAVAILABLE, "this build has no backend " + name));
    }

    private Backend usable(String name) {
        Backend backend = named(name).orElseThrow(() -> new ProblemException(ProvisionerProblem.BACKEND_UNAVAILABLE,
                "There is no backend " + name + ": pocket.provisioner.backend must be auto or one of "
                        + all.stream().map(Backend::name)
                                .toList()));
        if (backend.availability() instanceof Availability.Unavailable unavailable) {
            throw new ProblemException(ProvisionerProblem.BACKEND_UNAVAILABLE,
                    name + ": " + unavailable.reason() + ". Cure: " + unavailable
                            .cure(),
                    List.of(), Duration.ofSeconds(10));
        }
        return backend;
    }

    private Optional<Backend> named(String name) {
        return all.stream().filter(backend -> backend.name().equals(name)).findFirst();
    }
}
