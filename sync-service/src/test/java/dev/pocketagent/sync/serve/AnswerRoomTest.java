package dev.pocketagent.sync.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;

import org.junit.jupiter.api.Test;

class AnswerRoomTest {

    private static final UUID ONE = new UUID(0, 1);
    private static final UUID TWO = new UUID(0, 2);
    private static final UUID THREE = new UUID(0, 3);

    @Test
    void aTenantGetsHalfOfTheBytesAndAllTogetherNoMoreThanThereAre() {
        // Given
        AnswerRoom room = new AnswerRoom(100, 40);

        // When / Then
        assertThat(room.enter(ONE, 12)).isTrue();
        assertThat(room.enter(ONE, 9)).as("one past its half").isFalse();
        assertThat(room.enter(ONE, 8)).isTrue();
        assertThat(room.enter(TWO, 21)).as("one past all").isFalse();
        assertThat(room.enter(TWO, 20)).isTrue();
        assertThat(room.enter(THREE, 1)).isFalse();
        room.leave(ONE, 8);
        assertThat(room.bytes()).isEqualTo(32);
        assertThat(room.enter(THREE, 8)).isTrue();
    }

    @Test
    void aTenantGetsAQuarterOfThePlaces() {
        // Given
        AnswerRoom room = new AnswerRoom(8, 1_000);

        // When / Then
        assertThat(room.enter(ONE, 1)).isTrue();
        assertThat(room.enter(ONE, 1)).isTrue();
        assertThat(room.enter(ONE, 1)).isFalse();
        for (int other = 10; other < 13; other++) {
            assertThat(room.enter(new UUID(0, other), 1)).isTrue();
            assertThat(room.enter(new UUID(0, other), 1)).isTrue();
        }
        assertThat(room.enter(TWO, 1)).isFalse();
        room.leave(ONE, 1);
        assertThat(room.answers()).isEqualTo(7);
        assertThat(room.enter(TWO, 1)).isTrue();
    }

    @Test
    void whereNothingIsHeldAnyOneAnswerFits() {
        // Given
        AnswerRoom room = new AnswerRoom(8, 10);

        // When / Then
        assertThat(room.enter(ONE, 1_000)).isTrue();
        assertThat(room.enter(TWO, 1)).isFalse();
        room.leave(ONE, 1_000);
        assertThat(room.enter(TWO, 11)).isTrue();
        room.leave(TWO, 11);
        assertThat(room.answers()).isZero();
        assertThat(room.bytes()).isZero();
    }
}
