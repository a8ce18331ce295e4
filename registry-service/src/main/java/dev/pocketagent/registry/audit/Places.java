package dev.pocketagent.registry.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** Places in chains, many of them: 24 bytes each, 24 MB for a million. */
final class Places {

    /** One place in the chain of one tenant. */
    record Place(UUID tenantId, long seq) {}

    private static final int LONGS = 3;

    private long[] values = new long[LONGS * 64];
    private int used;

    void add(UUID tenantId, long seq) {
        if (used == values.length) {
            values = Arrays.copyOf(values, used * 2);
        }
        values[used++] = tenantId.getMostSignificantBits();
        values[used++] = tenantId.getLeastSignificantBits();
        values[used++] = seq;
    }

    /** Gives them out in the order in which they came, so many at once. */
    void inBatches(int size, Consumer<List<Place>> each) {
        List<Place> batch = new ArrayList<>(size);
        for (int i = 0; i < used; i += LONGS) {
            batch.add(new Place(new UUID(values[i], values[i + 1]), values[i + 2]));
            if (batch.size() == size || i + LONGS == used) {
                each.accept(batch);
                batch.clear();
            }
        }
    }
}
