package dev.pocketagent.sync.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;

import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void theWaitDoublesUpToAnHour() {
        Random random = new Random(9);
        long expected = 15;
        for (int failures = 1; failures < 100; failures++) {
            for (int round = 0; round < 50; round++) {
                assertThat(Backoff.after(failures, random)).isBetween(Duration.ofMillis(expected * 800),
                        Duration.ofMillis(expected * 1200));
            }
            expected = Math.min(3600, expected * 2);
        }
    }
}
