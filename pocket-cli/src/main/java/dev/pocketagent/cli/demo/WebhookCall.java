package dev.pocketagent.cli.demo;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.output.Json;

/**
 * What GitHub sends after a push, as far as a receiver needs it.
 *
 * @param body exactly what is signed
 */
record WebhookCall(ObjectNode body, Map<String, String> headers) {

    static WebhookCall push(String revision, String branch, String secret) {
        ObjectNode body = Json.object().put("ref", "refs/heads/" + branch).put("after", revision);
        body.putObject("repository").put("full_name", "demo/context").put("default_branch", branch);
        String signature = "sha256=" + hmac(secret, Json.compact(body));
        return new WebhookCall(body, Map.of("X-GitHub-Event", "push", "X-GitHub-Delivery", UUID.randomUUID().toString(),
                "X-Hub-Signature-256", signature));
    }

    static String hmac(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
