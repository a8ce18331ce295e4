package dev.pocketagent.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WebhookCallTest {

    @Test
    void shouldSignAsGitHubDocumentsIt() {
        // Given
        // the example of "Validating webhook deliveries" in GitHub's documentation
        String secret = "It's a Secret to Everybody";

        // When
        String signature = WebhookCall.hmac(secret, "Hello, World!");

        // Then
        assertThat(signature).isEqualTo("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    }

    @Test
    void shouldSignExactlyTheBodyThatIsSent() {
        // When
        WebhookCall call = WebhookCall.push("abc", "main", "secret");

        // Then
        assertThat(call.headers()).containsEntry("X-GitHub-Event", "push").containsEntry("X-Hub-Signature-256",
                "sha256=" + WebhookCall.hmac("secret", call.body().toString()));
        assertThat(call.body().path("ref").asText()).isEqualTo("refs/heads/main");
    }
}
