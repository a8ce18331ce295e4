package dev.pocketagent.registry.pocketbase;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A record as PocketBase has it.
 *
 * @param slug may be anything while {@code errors} names it
 * @param values in the registry's words; null where the record says nothing
 * @param raw text of every mapped field that the collection has, by field
 * @param errors what is wrong with it; empty for a good record
 */
record RemoteRecord(String id, String slug, Values values, @Nullable String tenantId, Map<String, String> raw,
        List<FieldError> errors) {

    /** One field that cannot be used, and what would be right. */
    record FieldError(String field, String reason) {}

    RemoteRecord {
        raw = Map.copyOf(raw);
        errors = List.copyOf(errors);
    }
}
