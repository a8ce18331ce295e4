package dev.pocketagent.bench.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.Test;

class PopulationTest {

    @Test
    void chainsAreOfDifferentLengthsAndHaveExactlyTheRowsAskedFor() {
        for (long rows : new long[]{1000, 1001, 9_999, 10_007, 250_000}) {
            for (int tenants : new int[]{100, 101, 1000}) {
                if (rows < tenants) {
                    continue;
                }
                // Given
                var population = new Population(tenants, rows);

                // When
                long sum = 0;
                Set<Long> lengths = new HashSet<>();
                for (int i = 0; i < tenants; i++) {
                    assertThat(population.rows(i)).isPositive();
                    sum += population.rows(i);
                    lengths.add(population.rows(i));
                }

                // Then
                assertThat(sum).as("%d tenants, %d rows", tenants, rows).isEqualTo(rows);
                assertThat(rows < 10L * tenants || lengths.size() > 5).isTrue();
            }
        }
    }

    @Test
    void slugsAndIdsAreUniqueAndOfTheFormThatTheRegistryWants() {
        // Given
        var population = new Population(20_000, 200_000);
        Set<String> slugs = new HashSet<>();
        UUID before = new UUID(0, 0);

        for (int i = 0; i < population.tenants(); i++) {
            // When
            String slug = population.slug(i);
            UUID id = population.id(i);

            // Then
            assertThat(slugs.add(slug)).as(slug).isTrue();
            assertThat(slug).matches("[a-z]([a-z0-9-]{0,38}[a-z0-9])?");
            assertThat(population.name(i)).hasSizeBetween(1, 100);
            assertThat(id.version()).isEqualTo(7);
            assertThat(id.getMostSignificantBits()).isGreaterThan(before.getMostSignificantBits());
            before = id;
        }
    }

    @Test
    void statesAreMixedAsSaid() {
        // Given
        var population = new Population(10_000, 100_000);

        // When
        Map<String, Integer> states = new HashMap<>();
        for (int i = 0; i < population.tenants(); i++) {
            states.merge(population.state(i), 1, Integer::sum);
        }

        // Then
        assertThat(states.get("active")).isBetween(8_800, 9_200);
        assertThat(states).containsOnlyKeys("active", "suspended", "deleting", "deleted");
    }

    @Test
    void tooSmallASetIsRefused() {
        assertThatThrownBy(() -> new Population(100, 99)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 100 tenants, and an audit row for each");
    }
}
