package dev.pocketagent.registry.audit;

import java.util.UUID;

/** Ids of very many tenants in little memory: 24 to 48 bytes each, where a {@code HashSet} takes 80. */
final class UuidSet {

    private long[] slots = new long[2 * 1024];
    private int size;
    private boolean hasZero;

    /** Whether it was not there before. */
    boolean add(UUID id) {
        long high = id.getMostSignificantBits();
        long low = id.getLeastSignificantBits();
        if (high == 0 && low == 0) {
            boolean isNew = !hasZero;
            hasZero = true;
            return isNew;
        }
        if (!put(high, low)) {
            return false;
        }
        if (++size * 3L > slots.length) {
            long[] old = slots;
            slots = new long[old.length * 2];
            for (int i = 0; i < old.length; i += 2) {
                if (old[i] != 0 || old[i + 1] != 0) {
                    put(old[i], old[i + 1]);
                }
            }
        }
        return true;
    }

    private boolean put(long high, long low) {
        long mixed = (high * 31 + low) * 0x9e3779b97f4a7c15L;
        int mask = slots.length / 2 - 1;
        for (int place = (int) (mixed >>> 33) & mask;; place = place + 1 & mask) {
            int slot = 2 * place;
            if (slots[slot] == 0 && slots[slot + 1] == 0) {
                slots[slot] = high;
                slots[slot + 1] = low;
                return true;
            }
            if (slots[slot] == high && slots[slot + 1] == low) {
                return false;
            }
        }
    }
}
