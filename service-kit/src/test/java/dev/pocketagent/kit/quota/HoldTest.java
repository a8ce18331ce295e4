package dev.pocketagent.kit.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.ObjectMapper;

class HoldTest {

    private static final UUID OPEN = new UUID(1, 1);
    private static final Hold.Confirmed ONE = new Hold.Confirmed(new UUID(2, 2), stacks(1));
    private static final String KEY = "hold/stack/1/7";

    private static Amounts stacks(int number) {
        return new Amounts(Map.of("stacks", number));
    }

    private static Hold hold(@Nullable Amounts wanted, @Nullable UUID open, Hold.@Nullable Confirmed confirmed) {
        return new Hold("stack/1", new UUID(3, 3), wanted, open, confirmed, 7, 0, null);
    }

    @Test
    void theNextStepFollowsFromWhatIsWantedAndHeldAlone() {
        assertThat(hold(null, null, null).next()).isEqualTo(new Hold.Step.GiveBack());
        assertThat(hold(null, OPEN, ONE).next()).isEqualTo(new Hold.Step.GiveBack());
        assertThat(hold(stacks(1), OPEN, null).next()).isEqualTo(new Hold.Step.Confirm(OPEN));
        assertThat(hold(stacks(1), OPEN, ONE).next()).isEqualTo(new Hold.Step.Confirm(OPEN));
        assertThat(hold(stacks(1), null, null).next()).isEqualTo(new Hold.Step.Take(stacks(1), null, KEY));
        assertThat(hold(stacks(2), null, ONE).next()).isEqualTo(new Hold.Step.Take(stacks(2), ONE.id(), KEY));
        assertThat(hold(stacks(1), null, ONE).next()).isEqualTo(new Hold.Step.Rest());
    }

    @Test
    void onlyWhatIsHeldAndStaysHeldNeedsNoReservation() {
        Hold.Confirmed five = new Hold.Confirmed(new UUID(2, 2), stacks(5));
        assertThat(hold(stacks(5), null, five).covers(stacks(5))).isTrue();
        assertThat(hold(stacks(5), null, five).covers(stacks(6))).isFalse();
        // It is about to hold less.
        assertThat(hold(stacks(2), null, five).covers(stacks(3))).isFalse();
        assertThat(hold(stacks(2), null, five).covers(stacks(2))).isTrue();
        // It is about to hold more, if it gets it.
        assertThat(hold(stacks(9), OPEN, five).covers(stacks(6))).isFalse();
        assertThat(hold(stacks(5), null, null).covers(stacks(1))).isFalse();
        assertThat(hold(null, null, five).covers(stacks(1))).isFalse();
        assertThat(hold(stacks(5), null, five).covers(new Amounts(Map.of("stacks", 1, "volumes", 1)))).isFalse();
    }

    @Test
    void amountsOfNothingAreAsGoodAsNone() throws Exception {
        assertThat(new Amounts(Map.of("stacks", 1, "volumes", 0))).isEqualTo(stacks(1));
        assertThat(Amounts.of(new ObjectMapper().readTree("{\"stacks\":1,\"keys\":0,\"x\":\"y\"}")))
                .isEqualTo(stacks(1));
        assertThat(Amounts.of(new Amounts(Map.of("b", 2, "a", 1)).json()))
                .isEqualTo(new Amounts(Map.of("a", 1, "b", 2)));
        assertThatThrownBy(() -> stacks(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
