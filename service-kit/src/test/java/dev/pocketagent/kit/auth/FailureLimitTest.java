package dev.pocketagent.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;

import org.junit.jupiter.api.Test;

class FailureLimitTest {

    private static final long HERE = 1;
    private static final long THERE = 2;

    private final TestClock clock = new TestClock();
    private final FailureLimit limit = new FailureLimit(clock, 60, 100);

    private void fail(int times, long network) {
        for (int i = 0; i < times; i++) {
            limit.failed(network);
        }
    }

    @Test
    void theSixtiethFailureIsTheLastOfItsMinute() {
        fail(59, HERE);
        assertThat(limit.mustWait(HERE)).isNull();
        assertThat(limit.failed(HERE)).as("the last token").isTrue();
        assertThat(limit.mustWait(HERE)).isEqualTo(Duration.ofSeconds(1));
        assertThat(limit.mustWait(THERE)).isNull();
    }

    @Test
    void aTokenComesBackASecond() {
        fail(60, HERE);
        clock.later(Duration.ofMillis(999));
        assertThat(limit.mustWait(HERE)).isEqualTo(Duration.ofMillis(1));
        clock.later(Duration.ofMillis(1));
        assertThat(limit.mustWait(HERE)).isNull();
        limit.failed(HERE);
        assertThat(limit.mustWait(HERE)).isEqualTo(Duration.ofSeconds(1));
        clock.later(Duration.ofHours(1));
        fail(59, HERE);
        assertThat(limit.mustWait(HERE)).as("an hour brings no more than a minute's worth").isNull();
        fail(1, HERE);
        assertThat(limit.mustWait(HERE)).isNotNull();
    }

    @Test
    void aParallelBurstIsPaidBackAndWithinHalfAnHour() {
        fail(160, HERE);
        assertThat(limit.mustWait(HERE)).isEqualTo(Duration.ofSeconds(101));
        fail(1_000_000, HERE);
        assertThat(limit.mustWait(HERE)).isEqualTo(Duration.ofMinutes(30).plusSeconds(1));
    }

    @Test
    void zeroIsOffAndLessIsAMistake() {
        FailureLimit off = new FailureLimit(clock, 0, 100);
        for (int i = 0; i < 1_000; i++) {
            assertThat(off.failed(HERE)).isFalse();
        }
        assertThat(off.mustWait(HERE)).isNull();
        assertThat(off.networks()).isZero();
        assertThatThrownBy(() -> new FailureLimit(clock, -1, 100)).hasMessageContaining("failures-per-minute");
    }

    @Test
    void memoryIsBoundedHoweverManyNetworksComeAndTheRecoveredGoFirst() {
        fail(60, HERE);
        for (long network = 1_000; network < 1_080; network++) {
            limit.failed(network);
        }
        clock.later(Duration.ofSeconds(1));
        fail(1, HERE);
        for (long network = 2_000; network < 2_030; network++) {
            limit.failed(network);
        }
        assertThat(limit.mustWait(HERE)).as("one that is not recovered stays").isNotNull();
        for (long network = 3_000; network < 103_000; network++) {
            limit.failed(network);
            assertThat(limit.networks()).isLessThanOrEqualTo(100);
        }
    }

    @Test
    void anAddressIsAnIpv4AddressOrAnIpv6Network() {
        assertThat(ClientNetwork.of("192.0.2.1")).isEqualTo(ClientNetwork.of("::ffff:192.0.2.1"))
                .isNotEqualTo(ClientNetwork.of("192.0.2.2")).isNotEqualTo(ClientNetwork.NONE);
        assertThat(ClientNetwork.of("2001:db8:1:2:3:4:5:6")).isEqualTo(ClientNetwork.of("2001:db8:1:2::9"))
                .isNotEqualTo(ClientNetwork.of("2001:db8:1:3:3:4:5:6"));
        assertThat(ClientNetwork.of("fe80::1%eth0")).isEqualTo(ClientNetwork.of("fe80::2"));
        assertThat(ClientNetwork.of("192.0.2.1")).isNotEqualTo(ClientNetwork.of("::c000:201"));
        for (String none : new String[]{"", "unknown", "host.example", "/run/x.sock", "_hidden"}) {
            assertThat(ClientNetwork.of(none)).as(none).isEqualTo(ClientNetwork.NONE);
        }
        assertThat(ClientNetwork.of((String) null)).isEqualTo(ClientNetwork.NONE);
    }
}
