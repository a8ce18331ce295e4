package dev.pocketagent.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.Test;

class IdsTest {

    @Test
    void isAVersion7UuidThatStartsWithTheMillisecond() {
        // Given
        Clock clock = Clock.fixed(Instant.ofEpochMilli(0x0123_4567_89ABL), ZoneOffset.UTC);
        Set<UUID> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            // When
            UUID id = Ids.next(clock);
            // Then
            assertThat(id.version()).isEqualTo(7);
            assertThat(id.variant()).isEqualTo(2);
            assertThat(id.toString()).startsWith("01234567-89ab-7");
            assertThat(seen.add(id)).isTrue();
        }
    }
}
