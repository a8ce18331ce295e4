package dev.pocketagent.registry.pocketbase;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.pocketbase.Finding.Kind;

/** Fields of a record that are the platform's: it alone fills them, and says so when somebody else does. */
final class OwnFields {

    private static final int LONGEST_ERROR = 500;

    private OwnFields() {}

    /**
     * What the fields should hold. An external id that the tenant lacks is emptied only where we wrote it ourselves:
     * what others filled in stays.
     *
     * @param findings gets what is odd
     */
    static Map<String, String> of(Mapping mapping, Collection collection, RemoteRecord record, LocalTenant tenant,
            @Nullable Link link, List<Finding> findings) {
        Map<String, String> written = link == null ? Map.of() : link.written();
        Map<String, String> wanted = new TreeMap<>();
        wanted.put(mapping.names().tenantId(), tenant.id().toString());
        mapping.externalIds().forEach((name, field) -> {
            String id = tenant.externalIds().get(name);
            String present = record.raw().getOrDefault(field, "");
            if (id != null) {
                // As texts of records are read: else the two would never be equal.
                wanted.put(field, id.strip());
            } else if (!present.isEmpty() && present.equals(written.get(field))) {
                wanted.put(field, "");
            }
        });
        wanted.keySet().removeIf(field -> !collection.has(field));
        wanted.entrySet().removeIf(entry -> {
            if (collection.takes(entry.getKey(), entry.getValue())) {
                return false;
            }
            findings.add(new Finding(Kind.DRIFT, entry.getKey(), record.raw().get(entry.getKey()), entry.getValue(),
                    "PocketBase's field does not take this text"));
            return true;
        });
        wanted.forEach((field, text) -> {
            String present = record.raw().getOrDefault(field, "");
            String ours = written.get(field);
            if (ours != null && !present.equals(ours) && !present.equals(text)) {
                findings.add(new Finding(Kind.DRIFT, field, present, text,
                        "somebody changed a field that is the platform's; it is written again"));
            }
        });
        return wanted;
    }

    /** Tells the record what is wrong with it, or that nothing is. */
    static void writeError(Mapping mapping, Collection collection, RemoteRecord record, List<Finding> findings,
            Map<String, String> write) {
        String field = mapping.names().lastError();
        if (!collection.takes(field, "")) {
            return;
        }
        String error = findings.stream().filter(finding -> finding.kind() != Kind.DRIFT)
                .map(finding -> finding.field() + ": " + finding.reason()).collect(Collectors.joining("; "));
        if (error.length() > LONGEST_ERROR) {
            error = error.substring(0, LONGEST_ERROR).strip();
        }
        if (!error.equals(record.raw().getOrDefault(field, ""))) {
            write.put(field, error);
        }
    }
}
