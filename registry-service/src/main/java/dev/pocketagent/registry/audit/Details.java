package dev.pocketagent.registry.audit;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.pocketagent.kit.secret.DataKey;
import dev.pocketagent.kit.secret.SecretException;
import dev.pocketagent.kit.secret.Secrets;

/**
 * The details of rows, sealed with the data key of their tenant. What is stored and hashed is the JSON text {@code
 * "sealed:<base64>"}: once the tenant's data key is destroyed nobody can read it, and the chain still verifies.
 */
@ApplicationScoped
class Details {

    /** Details are objects, so a plain one never begins like this. */
    private static final String SEALED = "\"sealed:";
    private static final JsonNode ERASED = JsonNodeFactory.instance.objectNode().put("erased", true);

    private final Secrets secrets;
    private final ObjectMapper json;

    @Inject
    Details(Secrets secrets, ObjectMapper json) {
        this.secrets = secrets;
        this.json = json;
    }

    /** The stored text of a detail, bound to its place in the chain. */
    static String seal(DataKey key, long seq, String detail) {
        byte[] sealed = key.seal(place(seq), detail.getBytes(StandardCharsets.UTF_8));
        return SEALED + Base64.getEncoder().encodeToString(sealed) + '"';
    }

    static boolean isSealed(String stored) {
        return stored.startsWith(SEALED);
    }

    /** Rows as they are exported: by ids alone. */
    @Transactional(Transactional.TxType.MANDATORY)
    List<AuditView> views(List<AuditRow> rows) {
        return views(rows, Map.of());
    }

    /**
     * Rows as the API shows them; each tenant's data key is unwrapped once.
     *
     * @param names of tenants and keys, as far as they are known
     */
    @Transactional(Transactional.TxType.MANDATORY)
    List<AuditView> views(List<AuditRow> rows, Map<UUID, String> names) {
        Set<UUID> owners = rows.stream().filter(row -> isSealed(row.detail())).map(AuditRow::tenantId)
                .collect(Collectors.toSet());
        Map<UUID, DataKey> keys = secrets.existing(owners);
        return rows.stream().map(row -> AuditView.of(row, detail(row, keys.get(row.tenantId())), names)).toList();
    }

    private JsonNode detail(AuditRow row, @Nullable DataKey key) {
        String text = row.detail();
        if (isSealed(text)) {
            if (key == null) {
                return ERASED;
            }
            try {
                byte[] sealed = Base64.getDecoder().decode(text.substring(SEALED.length(), text.length() - 1));
                text = new String(key.open(place(row.seq()), sealed), StandardCharsets.UTF_8);
            } catch (SecretException | IllegalArgumentException e) {
                // Sealed with a key that is destroyed, while the tenant has got a new one since; or an edited row, which
                // is for the check of the chain to find.
                return ERASED;
            }
        }
        try {
            return json.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The database takes only JSON as detail", e);
        }
    }

    private static String place(long seq) {
        return "audit/" + seq;
    }
}
