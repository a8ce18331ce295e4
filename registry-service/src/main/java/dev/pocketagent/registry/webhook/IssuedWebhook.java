package dev.pocketagent.registry.webhook;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A webhook with its new secret. The only time that it is shown.
 *
 * @param secret signs what is sent from now on; give it to the receiver and keep it nowhere else
 */
@Schema(name = "IssuedWebhook", examples = """
        {"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","owner":"tenant",
         "tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11","url":"https://hooks.example.com/pocket",
         "events":["key.revoked","tenant.*"],"description":"billing","enabled":true,"disabledAt":null,
         "disabledReason":null,"failingSince":null,"oldSecretUntil":null,"createdAt":"2026-11-21T10:15:30.123456Z",
         "createdBy":"01993c50-0d0e-7aa0-8d3e-51a3a0f2b6c4","updatedAt":"2026-11-21T10:15:30.123456Z","version":0,
         "secret":"whsec_<44 characters of base64>"}""")
public record IssuedWebhook(UUID id, String owner, @Nullable UUID tenantId, String url, List<String> events,
        @Nullable String description, boolean enabled, @Nullable Instant disabledAt, @Nullable String disabledReason,
        @Nullable Instant failingSince, @Nullable Instant oldSecretUntil, Instant createdAt, @Nullable UUID createdBy,
        Instant updatedAt, long version, String secret) {

    static IssuedWebhook of(Webhook webhook, String secret) {
        WebhookView view = WebhookView.of(webhook);
        return new IssuedWebhook(view.id(), view.owner(), view.tenantId(), view.url(), view.events(),
                view.description(), view.enabled(), view.disabledAt(), view.disabledReason(), view.failingSince(),
                view.oldSecretUntil(), view.createdAt(), view.createdBy(), view.updatedAt(), view.version(), secret);
    }

    /** Without the secret, so that it reaches no log. */
    @Override
    public String toString() {
        return "IssuedWebhook[" + id + "]";
    }
}
