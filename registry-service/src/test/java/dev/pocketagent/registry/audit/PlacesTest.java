package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlacesTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 9, 10, 11, 64, 65, 1_000})
    void giveOutWhatCameInItsOrder(int number) {
        // Given
        Places places = new Places();
        List<Places.Place> came = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            came.add(new Places.Place(UUID.randomUUID(), i));
            places.add(came.getLast().tenantId(), i);
        }
        List<Places.Place> given = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        // When
        places.inBatches(10, batch -> {
            given.addAll(batch);
            sizes.add(batch.size());
        });
        // Then
        assertThat(given).isEqualTo(came);
        assertThat(sizes).allMatch(size -> size >= 1 && size <= 10).hasSize((number + 9) / 10);
    }
}
