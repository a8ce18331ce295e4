package dev.pocketagent.router.usage;

import java.time.Instant;
import java.util.UUID;

/** Rows for tests. */
final class UsageRows {

    static final UUID TENANT = UUID.randomUUID();

    private UsageRows() {}

    static UsageRow row(long number) {
        return new UsageRow(new UUID(number, 1), Instant.ofEpochMilli(1_700_000_000_000L + number), TENANT,
                UUID.randomUUID(), "req\t" + number + "\n\\é", "m:odel", "provider", number, 2, 3,
                UsageRow.Source.REPORTED, UsageRow.Status.OK, 12, true);
    }
}
