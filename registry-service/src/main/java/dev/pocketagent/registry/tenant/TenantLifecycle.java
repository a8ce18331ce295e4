package dev.pocketagent.registry.tenant;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/** Which step is possible from which state, and where it leads. */
final class TenantLifecycle {

    /** A step in a tenant's life that somebody asks for, with a reason. */
    enum Step {
        SUSPEND(EnumSet.of(TenantState.ACTIVE), TenantState.SUSPENDED, "suspended"), RESUME(
                EnumSet.of(TenantState.SUSPENDED), TenantState.ACTIVE, "resumed"), DELETE(
                        EnumSet.of(TenantState.ACTIVE, TenantState.SUSPENDED), TenantState.DELETING, "deleting"),
        /** Back to where it was before it was deleted. */
        UNDELETE(EnumSet.of(TenantState.DELETING), null, "undeleted"), PURGE(EnumSet.of(TenantState.DELETING),
                TenantState.DELETED, "purged");

        private final Set<TenantState> from;
        private final @Nullable TenantState to;
        private final String past;

        Step(Set<TenantState> from, @Nullable TenantState to, String past) {
            this.from = from;
            this.to = to;
            this.past = past;
        }

        /** As it is called in paths and in the audit trail. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** As its event is called, behind {@code tenant.}. */
        String past() {
            return past;
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

    /**
     * Whether a step is possible.
     *
     * @param before where a tenant that is being deleted was before; null in all other states
     */
    static Outcome ask(TenantState present, @Nullable TenantState before, Step step) {
        if (step.from.contains(present)) {
            TenantState to = step.to != null ? step.to : before;
            if (to == null) {
                throw new IllegalArgumentException("A tenant that is " + present.text() + " must know where it was");
            }
            return new Outcome.Moved(to);
        }
        return new Outcome.Refused(
                Arrays.stream(Step.values()).filter(other -> other.from.contains(present)).toList());
    }
}
