package dev.pocketagent.registry.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import dev.pocketagent.registry.tenant.TenantLifecycle.Outcome;
import dev.pocketagent.registry.tenant.TenantLifecycle.Step;

class TenantLifecycleTest {

    @Test
    void anActiveTenantCanBeSuspendedAndASuspendedOneResumed() {
        assertThat(TenantLifecycle.ask(TenantState.ACTIVE, null, Step.SUSPEND))
                .isEqualTo(new Outcome.Moved(TenantState.SUSPENDED));
        assertThat(TenantLifecycle.ask(TenantState.SUSPENDED, null, Step.RESUME))
                .isEqualTo(new Outcome.Moved(TenantState.ACTIVE));
    }

    private static @Nullable TenantState before(TenantState state) {
        return state == TenantState.DELETING ? TenantState.SUSPENDED : null;
    }

    @Test
    void aDeletedTenantCanBeHadBackAsItWasUntilItIsErased() {
        for (TenantState before : List.of(TenantState.ACTIVE, TenantState.SUSPENDED)) {
            assertThat(TenantLifecycle.ask(before, null, Step.DELETE))
                    .isEqualTo(new Outcome.Moved(TenantState.DELETING));
            assertThat(TenantLifecycle.ask(TenantState.DELETING, before, Step.UNDELETE))
                    .isEqualTo(new Outcome.Moved(before));
        }
        assertThat(TenantLifecycle.ask(TenantState.DELETING, TenantState.ACTIVE, Step.PURGE))
                .isEqualTo(new Outcome.Moved(TenantState.DELETED));
        assertThat(TenantLifecycle.ask(TenantState.ACTIVE, null, Step.PURGE))
                .isEqualTo(new Outcome.Refused(List.of(Step.SUSPEND, Step.DELETE)));
        for (Step step : Step.values()) {
            assertThat(TenantLifecycle.ask(TenantState.DELETED, null, step))
                    .isEqualTo(new Outcome.Refused(List.of()));
        }
    }

    @Test
    void aRefusalNamesTheStepsThatArePossible() {
        assertThat(TenantLifecycle.ask(TenantState.SUSPENDED, null, Step.SUSPEND))
                .isEqualTo(new Outcome.Refused(List.of(Step.RESUME, Step.DELETE)));
        assertThat(TenantLifecycle.ask(TenantState.ACTIVE, null, Step.RESUME))
                .isEqualTo(new Outcome.Refused(List.of(Step.SUSPEND, Step.DELETE)));
        assertThat(TenantLifecycle.ask(TenantState.DELETED, null, Step.RESUME))
                .isEqualTo(new Outcome.Refused(List.of()));
    }

    @Test
    void whatARefusalAllowsIsReallyPossible() {
        for (TenantState state : TenantState.values()) {
            for (Step step : Step.values()) {
                if (TenantLifecycle.ask(state, before(state), step) instanceof Outcome.Refused(List<Step> allowed)) {
                    assertThat(allowed).doesNotContain(step).allSatisfy(other -> assertThat(
                            TenantLifecycle.ask(state, before(state), other)).isInstanceOf(Outcome.Moved.class));
                }
            }
        }
    }

    @Test
    void statesAreReadBackFromTheirText() {
        for (TenantState state : TenantState.values()) {
            assertThat(TenantState.ofText(state.text())).contains(state);
        }
        assertThat(TenantState.ofText("ACTIVE")).isEmpty();
    }
}
