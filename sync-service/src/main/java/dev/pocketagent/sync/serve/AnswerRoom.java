package dev.pocketagent.sync.serve;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * How many large answers may be under way at once and what they may hold in memory together: a quarter of the places and half of the bytes
 * for one tenant. Where nothing is held yet one answer of any size fits, so that a small machine refuses nobody for good. Safe for several
 * threads.
 */
final class AnswerRoom {

    private record Account(int answers, long bytes) {}

    private static final Account NOTHING = new Account(0, 0);

    private final int most;
    private final long mostBytes;
    private final Map<UUID, Account> tenants = new HashMap<>();
    private int answers;
    private long bytes;

    /**
     * @param most answers at once
     * @param mostBytes bytes that they may hold in memory
     */
    AnswerRoom(int most, long mostBytes) {
        this.most = most;
        this.mostBytes = mostBytes;
    }

    /** Takes a place and the bytes; false when there is no room. */
    synchronized boolean enter(UUID tenant, long more) {
        Account before = tenants.getOrDefault(tenant, NOTHING);
        if (answers >= most || before.answers() >= Math.max(1, most / 4)
                || answers > 0 && bytes + more > mostBytes
                || before.answers() > 0 && before.bytes() + more > mostBytes / 2) {
            return false;
        }
        answers++;
        bytes += more;
        tenants.put(tenant, new Account(before.answers() + 1, before.bytes() + more));
        return true;
    }

    synchronized void leave(UUID tenant, long held) {
        answers--;
        bytes -= held;
        tenants.computeIfPresent(tenant, (ignored, before) -> before.answers() == 1
                ? null
                : new Account(before.answers() - 1, before.bytes() - held));
    }

    synchronized int answers() {
        return answers;
    }

    synchronized long bytes() {
        return bytes;
    }
}
