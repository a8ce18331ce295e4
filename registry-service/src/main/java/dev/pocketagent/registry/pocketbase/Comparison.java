package dev.pocketagent.registry.pocketbase;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/** What has become of one part since both sides last agreed on it. */
enum Comparison {
    /** Both sides say the same. */
    SAME,
    /** The record says nothing. */
    SILENT,
    /** Only the record changed. */
    RECORD_CHANGED,
    /** Only the tenant changed. */
    TENANT_CHANGED,
    /** Both changed, differently; or they meet for the first time and differ, so that nobody knows who changed. */
    BOTH_CHANGED;

    /**
     * Compares three ways.
     *
     * @param record what the record says now; null when nothing
     * @param tenant what the tenant has now
     * @param seenRecord what the record said when both last agreed; null when it said nothing
     * @param seenTenant what the tenant had then; null when they never agreed
     */
    static Comparison of(@Nullable String record, String tenant, @Nullable String seenRecord,
            @Nullable String seenTenant) {
        if (record == null) {
            return SILENT;
        }
        if (record.equals(tenant)) {
            return SAME;
        }
        if (seenTenant == null) {
            return BOTH_CHANGED;
        }
        boolean recordChanged = !Objects.equals(record, seenRecord);
        boolean tenantChanged = !tenant.equals(seenTenant);
        if (recordChanged == tenantChanged) {
            return BOTH_CHANGED;
        }
        return recordChanged ? RECORD_CHANGED : TENANT_CHANGED;
    }
}
