package dev.pocketagent.registry.webhook;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Roles;

/**
 * A webhook as the API shows it, without its secret.
 *
 * @param url whole for those who may change it; for support and auditors its scheme, host and port
 * @param owner {@code tenant} or {@code platform}
 * @param tenantId whose events it gets; null for those of all tenants and the platform
 * @param disabledReason why it was disabled when nobody did it by hand
 * @param failingSince first failure since the last success
 * @param oldSecretUntil until when the secret before the last rotation signs too
 * @param version its ETag
 */
@Schema(name = "Webhook", examples = """
        {"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","owner":"tenant",
         "tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11","url":"https://hooks.example.com/pocket",
         "events":["key.revoked","tenant.*"],"description":"billing","enabled":true,"disabledAt":null,
         "disabledReason":null,"failingSince":null,"oldSecretUntil":null,"createdAt":"2026-11-21T10:15:30.123456Z",
         "createdBy":"01993c50-0d0e-7aa0-8d3e-51a3a0f2b6c4","updatedAt":"2026-11-21T10:15:30.123456Z","version":0}""")
public record WebhookView(UUID id, String owner, @Nullable UUID tenantId, String url, List<String> events,
        @Nullable String description, boolean enabled, @Nullable Instant disabledAt, @Nullable String disabledReason,
        @Nullable Instant failingSince, @Nullable Instant oldSecretUntil, Instant createdAt, @Nullable UUID createdBy,
        Instant updatedAt, long version) {

    /** As those see it who own it. */
    static WebhookView of(Webhook webhook) {
        return shown(webhook, webhook.url);
    }

    /** As somebody with this role sees it. */
    static WebhookView of(Webhook webhook, String role) {
        return shown(webhook, Set.of(Roles.OPERATOR, Roles.TENANT_ADMIN).contains(role)
                ? webhook.url
                : Webhook.origin(webhook.url));
    }

    private static WebhookView shown(Webhook webhook, String url) {
        return new WebhookView(webhook.id, webhook.tenantId == null ? "platform" : "tenant",
                webhook.tenantId == null ? webhook.aboutTenantId : webhook.tenantId, url,
                List.of(webhook.events), webhook.description, webhook.enabled, webhook.disabledAt,
                webhook.disabledReason, webhook.failingSince, webhook.oldSecretUntil, webhook.createdAt,
                webhook.createdBy, webhook.updatedAt, webhook.version);
    }
}
