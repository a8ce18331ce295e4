package dev.pocketagent.registry.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.pocketagent.registry.tenant.TenantLifecycle.Outcome;
import dev.pocketagent.registry.tenant.TenantLifecycle.Step;

class TenantLifecycleTest {

    @Test
    void anActiveTenantCanBeSuspendedAndASuspendedOneResumed() {
        assertThat(TenantLifecycle.ask(TenantState.ACTIVE, Step.SUSPEND))
                .isEqualTo(new Outcome.Moved(TenantState.SUSPENDED));
        assertThat(TenantLifecycle.ask(TenantState.SUSPENDED, Step.RESUME))
                .isEqualTo(new Outcome.Moved(TenantState.ACTIVE));
    }

    @Test
    void aRefusalNamesTheStepsThatArePossible() {
        assertThat(TenantLifecycle.ask(TenantState.SUSPENDED, Step.SUSPEND))
                .isEqualTo(new Outcome.Refused(List.of(Step.RESUME)));
        assertThat(TenantLifecycle.ask(TenantState.ACTIVE, Step.RESUME))
                .isEqualTo(new Outcome.Refused(List.of(Step.SUSPEND)));
        assertThat(TenantLifecycle.ask(TenantState.DELETED, Step.RESUME)).isEqualTo(new Outcome.Refused(List.of()));
    }

    @Test
    void whatARefusalAllowsIsReallyPossible() {
        for (TenantState state : TenantState.values()) {
            for (Step step : Step.values()) {
                if (TenantLifecycle.ask(state, step) instanceof Outcome.Refused(List<Step> allowed)) {
                    assertThat(allowed).doesNotContain(step).allSatisfy(other -> assertThat(
                            TenantLifecycle.ask(state, other)).isInstanceOf(Outcome.Moved.class));
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
