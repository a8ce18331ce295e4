package dev.pocketagent.registry.pocketbase;

import java.util.Map;
import java.util.UUID;

/**
 * That a record and a tenant belong together, and what was last seen when they agreed: so that it is known later who
 * changed something.
 *
 * @param record the record's side, as it was when both agreed
 * @param tenant the tenant's side at the same moment
 * @param written what we last wrote into fields of our own, by field
 */
record Link(UUID tenantId, String recordId, Values record, Values tenant, Map<String, String> written) {

    Link {
        written = Map.copyOf(written);
    }
}
