package dev.pocketagent.registry.webhook;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.kit.net.OutboundHttp;

/** Makes one attempt: body, signature, request, and what the answer means. */
@ApplicationScoped
class Sender {

    private final OutboundHttp http;
    private final ObjectMapper json;
    private final Clock clock;
    private final Duration timeout;

    @Inject
    Sender(OutboundHttp http, ObjectMapper json, Clock clock, WebhookConfig config) {
        this.http = http;
        this.json = json;
        this.clock = clock;
        this.timeout = config.timeout();
    }

    Verdict send(Claimed delivery) throws InterruptedException {
        if (delivery.secrets().isEmpty()) {
            return new Verdict.Failed(null, "the secret cannot be opened any more; rotate it", null);
        }
        byte[] body = body(delivery);
        String id = delivery.id().toString();
        // Of the attempt, not of the event: receivers refuse what is older than minutes.
        long timestamp = clock.instant().getEpochSecond();
        Map<String, String> headers = Map.of("Content-Type", "application/json", "User-Agent", "PocketAgent-Webhooks/1",
                "webhook-id", id, "webhook-timestamp", String.valueOf(timestamp), "webhook-signature",
                Signature.header(delivery.secrets(), id, timestamp, body));
        return Verdict.of(http.post(delivery.url(), headers, body, timeout));
    }

    /** {@code {type, timestamp, data}}; data are the event's own with its tenant, place and id. */
    private byte[] body(Claimed delivery) {
        ObjectNode data = json.createObjectNode();
        for (Map.Entry<String, JsonNode> field : delivery.data().properties()) {
            data.set(field.getKey(), field.getValue());
        }
        data.put("tenantId", delivery.tenantId() == null ? null : delivery.tenantId().toString());
        data.put("seq", delivery.seq());
        data.put("id", delivery.eventId().toString());
        ObjectNode message = json.createObjectNode();
        message.put("type", delivery.type());
        message.put("timestamp", delivery.at().toString());
        message.set("data", data);
        try {
            return json.writeValueAsString(message).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree of JSON can always be written", e);
        }
    }
}
