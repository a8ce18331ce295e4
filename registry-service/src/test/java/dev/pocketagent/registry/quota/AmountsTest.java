package dev.pocketagent.registry.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.problem.ProblemException;

class AmountsTest {

    private static Amounts some(int stacks, int memoryMib) {
        return Amounts.only(Resource.STACKS, stacks).plus(Amounts.only(Resource.MEMORY_MIB, memoryMib));
    }

    @Test
    void everyResourceHasAnAmountOfItsOwn() {
        Amounts amounts = Amounts.each(resource -> resource.ordinal() + 1);
        for (Resource resource : Resource.values()) {
            assertThat(amounts.of(resource)).isEqualTo(resource.ordinal() + 1);
            assertThat(Amounts.only(resource, 5).named()).containsExactly(
                    java.util.Map.entry(resource.text(), 5));
        }
        assertThat(Amounts.NONE.none()).isTrue();
        assertThat(Amounts.NONE.named()).isEmpty();
    }

    @Test
    void amountsAreNeverNegativeNorTooLargeToAdd() {
        assertThatThrownBy(() -> some(-1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> some(Amounts.MOST + 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(some(Amounts.MOST, 0).stacks()).isEqualTo(Amounts.MOST);
    }

    @Test
    void whatIsNeededBeyondSomethingIsOnlyTheIncrease() {
        assertThat(some(3, 100).beyond(some(1, 400))).isEqualTo(some(2, 0));
        assertThat(some(1, 100).beyond(some(1, 400)).none()).isTrue();
    }

    @Test
    void aQuotaTellsWhatIsLeftAndWhatIsOver() {
        Quota quota = new Quota(some(10, 1000), some(4, 1200), some(1, 0));
        assertThat(quota.available(Resource.STACKS)).isEqualTo(5);
        assertThat(quota.available(Resource.MEMORY_MIB)).isZero();
        assertThat(quota.over()).containsExactly(Resource.MEMORY_MIB);
        assertThat(quota.lacking(some(5, 0))).isEmpty();
        assertThat(quota.lacking(some(6, 1))).containsExactly(Resource.STACKS, Resource.MEMORY_MIB);
    }

    @Test
    void aRefusalNamesTheResourceAndItsFigures() {
        Quota full = new Quota(some(2, 100), some(1, 0), some(1, 0));
        new Outcome.Granted().orRefuse("/amounts/");
        assertThatThrownBy(() -> new Outcome.Exceeded(full, some(1, 50)).orRefuse("/amounts/"))
                .isInstanceOfSatisfying(ProblemException.class, problem -> {
                    assertThat(problem.type().code()).isEqualTo("quota_exceeded");
                    assertThat(problem.errors()).extracting("pointer").isEqualTo(List.of("/amounts/stacks"));
                    assertThat(problem.errors().getFirst().detail()).contains("limit 2, used 1, reserved 1");
                });
        Quota over = new Quota(some(1, 100), some(2, 0), Amounts.NONE);
        assertThatThrownBy(() -> new Outcome.OverQuota(over).orRefuse("/amounts/"))
                .isInstanceOfSatisfying(ProblemException.class, problem -> {
                    assertThat(problem.type().code()).isEqualTo("over_quota");
                    assertThat(problem.detail()).contains("stacks");
                });
    }
}
