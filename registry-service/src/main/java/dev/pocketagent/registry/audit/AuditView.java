package dev.pocketagent.registry.audit;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;

/**
 * A row of the trail as the API shows it.
 *
 * @param tenantId whom it is about; {@code 00000000-0000-0000-0000-000000000000} for the platform
 * @param tenantSlug what it is called now; absent for the platform, once it is purged, and in exports
 * @param actorKeyId null when the platform itself acted
 * @param actorName what that key is called; absent where the caller may not see it (a tenant sees its own keys' names), once
 *        it is gone, and in exports
 * @param detail the values that changed; {@code {"erased":true}} once the tenant is purged
 * @param hash SHA-256 over this row and {@code previousHash}, 64 hex digits
 */
@Schema(name = "AuditRow", examples = """
        {"seq":3,"tenantId":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","tenantSlug":"acme","at":"2026-11-21T10:15:30.123456Z",
         "actorKeyId":"01993c50-0d0e-7aa0-8d3e-51a3a0f2b6c4","actorName":"laptop of Ada","actorRole":"operator",
         "action":"tenant.suspend",
         "target":"tenant/01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","detail":{"reason":"invoice 42 unpaid"},
         "hash":"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
         "previousHash":"0b14d501a594442a01c6859541bcb3e8164d183d32937b851835442f69d5c94e"}""")
public record AuditView(long seq, UUID tenantId,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String tenantSlug, Instant at, @Nullable UUID actorKeyId,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String actorName, String actorRole, String action,
        String target, @Schema(implementation = Object.class) JsonNode detail, String hash, String previousHash) {

    /** @param names of tenants and keys, as far as they are known */
    static AuditView of(AuditRow row, JsonNode detail, Map<UUID, String> names) {
        UUID actor = row.actor().keyId();
        return new AuditView(row.seq(), row.tenantId(), names.get(row.tenantId()), row.at(), actor,
                actor == null ? null : names.get(actor), row.actor().role(), row.action(), row.target(), detail,
                row.hash().hex(), row.previous().hex());
    }
}
