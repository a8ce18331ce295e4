package dev.pocketagent.registry.tenant;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Which step is possible from which state, and where it leads. */
final class TenantLifecycle {

    /** A step in a tenant's life that somebody asks for, with a reason. */
    enum Step {
        SUSPEND(EnumSet.of(TenantState.ACTIVE), TenantState.SUSPENDED), RESUME(EnumSet.of(TenantState.SUSPENDED),
                TenantState.ACTIVE);

        private final Set<TenantState> from;
        private final TenantState to;

        Step(Set<TenantState> from, TenantState to) {
            this.from = from;
            this.to = to;
        }

        /** As it is called in paths and in the audit trail. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What comes of asking for a step. */
    sealed interface Outcome {
        /** It is possible and leads here. */
        record Moved(TenantState to) implements Outcome {}

        /**
         * It is not possible from this state.
         *
         * @param allowed the steps that are; may be empty
         */
        record Refused(List<Step> allowed) implements Outcome {
            public Refused {
                allowed = List.copyOf(allowed);
            }
        }
    }

    private TenantLifecycle() {}

    static Outcome ask(TenantState present, Step step) {
        if (step.from.contains(present)) {
            return new Outcome.Moved(step.to);
        }
        return new Outcome.Refused(
                Arrays.stream(Step.values()).filter(other -> other.from.contains(present)).toList());
    }
}
