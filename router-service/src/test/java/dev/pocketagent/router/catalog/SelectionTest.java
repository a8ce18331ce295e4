package dev.pocketagent.router.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

class SelectionTest {

    private static final Demand SMALL = new Demand(10, 10);

    private final Model brain = new Model("brain", "acme", "brain", Price.FREE, 8_000);
    private final Model large = new Model("large", "other", "large", Price.FREE, 200_000);
    private final Model sandbox = new Model(Catalog.SANDBOX, "sandbox", Catalog.SANDBOX, Price.FREE, 0);
    private final Set<String> sick = new HashSet<>();

    private Selection selection(List<String> auto, boolean sandboxInAuto) {
        return new Selection(new Catalog(List.of(brain, large), sandbox, auto, sandboxInAuto),
                provider -> !sick.contains(provider));
    }

    @Test
    void autoKeepsTheConfiguredOrderWithTheSandboxLast() {
        // Given
        var selection = selection(List.of("pocket/sandbox", "large", "acme/brain"), true);

        // When
        var decision = selection.decide("pocket/auto", SMALL, AllowedModels.ALL);

        // Then
        assertThat(decision).isEqualTo(new Decision.Chosen(List.of(large, brain, sandbox), "auto; chosen large"));
    }

    @Test
    void autoPassesOverWhatFailsOrIsTooSmallOrNotAllowed() {
        // Given
        sick.add("other");
        var selection = selection(List.of(), true);

        // When
        var decision = selection.decide("auto", new Demand(8_000, 1), AllowedModels.ALL);

        // Then
        assertThat(decision).isEqualTo(new Decision.Chosen(List.of(sandbox),
                "auto; skipped brain (context window too small); skipped large (provider other is failing); chosen pocket/sandbox"));
        assertThat(selection.decide("auto", new Demand(7_990, 10), AllowedModels.ALL))
                .isEqualTo(new Decision.Chosen(List.of(brain, sandbox), "auto; chosen brain"));
        assertThat(selection.decide("auto", SMALL, AllowedModels.of(List.of("nothing"))))
                .isInstanceOfSatisfying(Decision.Chosen.class,
                        c -> assertThat(c.candidates()).containsExactly(sandbox));
    }

    @Test
    void autoWithoutSandboxCanBeExhausted() {
        // Given
        sick.addAll(Set.of("acme", "other"));

        // When
        var decision = selection(List.of(), false).decide("auto", SMALL, AllowedModels.ALL);

        // Then
        assertThat(decision).isInstanceOf(Decision.Exhausted.class);
    }

    @Test
    void aNamedModelIsUsedEvenWhenItsProviderFails() {
        // Given
        sick.add("acme");

        // When
        var decision = selection(List.of(), true).decide("acme/brain", SMALL, AllowedModels.ALL);

        // Then
        assertThat(decision).isEqualTo(new Decision.Chosen(List.of(brain), "requested"));
    }

    @Test
    void unknownAndForbiddenAreTheSame() {
        // Given
        var allowed = AllowedModels.of(List.of("oth*"));
        var selection = selection(List.of(), true);

        // When
        var forbidden = selection.decide("brain", SMALL, allowed);

        // Then
        assertThat(forbidden).isEqualTo(new Decision.Unknown("brain"));
        assertThat(selection.decide("nope", SMALL, allowed)).isEqualTo(new Decision.Unknown("nope"));
        assertThat(selection.decide("large", SMALL, allowed)).isInstanceOf(Decision.Chosen.class);
        assertThat(selection.decide("sandbox", SMALL, allowed)).isInstanceOf(Decision.Chosen.class);
    }

    @Test
    void autoMustNameModelsThatAreThere() {
        // Given a list with a typing error

        // When, Then
        assertThatThrownBy(() -> selection(List.of("brian"), true)).hasMessageContaining("brian");
    }
}
