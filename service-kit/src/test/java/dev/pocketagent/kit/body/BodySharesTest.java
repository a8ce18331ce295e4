package dev.pocketagent.kit.body;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import io.vertx.core.buffer.Buffer;

class BodySharesTest {

    private static int taken(BodyShares shares, Object owner, int bodies, long bytes) {
        int taken = 0;
        for (int i = 0; i < bodies; i++) {
            if (shares.of(owner).begin(bytes) == Room.GRANTED) {
                taken++;
            }
        }
        return taken;
    }

    @Test
    void oneAloneGetsAThirdAndANewcomerFindsRoom() {
        // Given
        var shares = new BodyShares(90, 9_000);

        // When
        int places = taken(shares, "greedy", 90, 1);
        int bytes = taken(new BodyShares(90, 9_000), "greedy", 90, 1_000);

        // Then
        assertThat(places).isEqualTo(30);
        assertThat(bytes).isEqualTo(3);
        assertThat(shares.of("greedy").begin(1)).isEqualTo(Room.OWN_SHARE_USED);
        assertThat(shares.of("newcomer").begin(1_000)).isEqualTo(Room.GRANTED);
    }

    @Test
    void fiveGreedyOnesTogetherLeaveRoomForASmallBody() {
        // Given
        var shares = new BodyShares(1_000, 32L << 20);

        // When
        for (int round = 0; round < 100; round++) {
            for (int greedy = 0; greedy < 5; greedy++) {
                shares.of(greedy).begin(1 << 20);
            }
        }

        // Then
        assertThat(shares.bytes()).isBetween(16L << 20, 28L << 20);
        assertThat(shares.of("newcomer").begin(100_000)).isEqualTo(Room.GRANTED);
    }

    @Test
    void whatIsUsedUpByOthersIsCalledSo() {
        // Given
        var shares = new BodyShares(2, 1_000);
        shares.of("a").begin(1);
        shares.of("b").begin(1);

        // When
        var room = shares.of("c").begin(1);

        // Then
        assertThat(room).isEqualTo(Room.ALL_USED);
    }

    @Test
    void whateverHappensAllComesBack() {
        // Given
        var random = new Random(7);
        var shares = new BodyShares(40, 100_000);
        List<BodyShares.Share> open = new ArrayList<>();

        for (int i = 0; i < 20_000; i++) {
            // When
            switch (random.nextInt(4)) {
                case 0 -> {
                    var share = shares.of(random.nextInt(5));
                    share.begin(random.nextInt(9_000));
                    open.add(share);
                }
                case 1 -> open.stream().skip(random.nextInt(open.size() + 1)).findFirst()
                        .ifPresent(share -> share.grow(random.nextInt(9_000)));
                case 2 -> open.stream().findFirst().ifPresent(BodyShares.Share::received);
                default -> {
                    if (!open.isEmpty()) {
                        var share = open.remove(random.nextInt(open.size()));
                        share.close();
                        share.close();
                    }
                }
            }

            // Then
            assertThat(shares.bytes()).isBetween(0L, 100_000L);
            assertThat(shares.receiving()).isBetween(0, 40);
        }
        open.forEach(BodyShares.Share::close);
        assertThat(shares.bytes()).isZero();
        assertThat(shares.receiving()).isZero();
        assertThat(shares.of("late").begin(50_000)).isEqualTo(Room.GRANTED);
    }

    @Test
    void aBodyOfKnownLengthIsGivenOutInTheArrayThatItWasReceivedIn() {
        // Given
        var shares = new BodyShares(10, 10_000);
        var body = new IncomingBody(shares.of("x"), 1_000);

        // When
        var begun = body.begin(4);
        body.add(Buffer.buffer("ab"));
        body.add(Buffer.buffer("cd"));
        var bytes = body.received();

        // Then
        assertThat(begun).isEqualTo(Room.GRANTED);
        assertThat(bytes).asString().isEqualTo("abcd");
        assertThat(shares.bytes()).isEqualTo(4);
        assertThat(shares.receiving()).isZero();
        body.close();
        assertThat(shares.bytes()).isZero();
    }

    @Test
    void aBodyOfUnknownLengthGrowsUpToTheLimitAndNotAByteFurther() {
        // Given
        var shares = new BodyShares(10, 100_000);
        var body = new IncomingBody(shares.of("x"), 10_000);
        body.begin(0);

        // When
        Room room = Room.GRANTED;
        for (int i = 0; i < 100; i++) {
            room = body.add(Buffer.buffer(new byte[100]));
        }

        // Then
        assertThat(room).isEqualTo(Room.GRANTED);
        assertThat(body.add(Buffer.buffer("x"))).isEqualTo(Room.TOO_LARGE);
        assertThat(body.received()).hasSize(10_000);
        assertThat(new IncomingBody(shares.of("y"), 10_000).begin(10_001)).isEqualTo(Room.TOO_LARGE);
    }
}
