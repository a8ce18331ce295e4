package dev.pocketagent.registry.key;

import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.ExportPart;

/** A tenant's keys in its export: what is known of them, neither the keys nor their digests. */
@ApplicationScoped
class KeysPart implements ExportPart {

    private static final int ROWS_AT_ONCE = 500;

    private final Keys keys;

    @Inject
    KeysPart(Keys keys) {
        this.keys = keys;
    }

    @Override
    public String file() {
        return "keys.jsonl";
    }

    @Override
    public String about() {
        return "its API keys, without the keys themselves";
    }

    @Override
    public Piece read(UUID tenantId, @Nullable Object from) {
        List<StoredKey> found = keys.page(tenantId, null, null, (UUID) from, ROWS_AT_ONCE);
        return new Piece(found.stream().map(keys::view).toList(),
                found.size() == ROWS_AT_ONCE ? found.getLast().id : null);
    }
}
