package dev.pocketagent.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.FakeServices.Asked;
import dev.pocketagent.cli.Pocket;
import dev.pocketagent.cli.output.Json;

class ChatCommandTest extends CommandTestBase {

    @Test
    void shouldStreamAChatAndNameTheModel() throws Exception {
        // Given
        Path key = Files.writeString(directory.resolve("key"), "pocket_tn_key\n");
        fake.on("POST /v1/chat/completions",
                new Answer(200, Map.of("Content-Type", "text/event-stream", "x-request-id", "r-1",
                        "x-pocket-model", "pocket/sandbox", "x-pocket-provider", "sandbox"), """
                        data: {"choices":[{"delta":{"role":"assistant"}}]}

                        data: {"choices":[{"delta":{"content":"Hel"}}]}

                        data: {"choices":[{"delta":{"content":"lo ä"}}]}

                        data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}

                        data: [DONE]

                        """));

        // When
        int exit = Pocket.run(cli(Map.of("POCKET_KEY", "")), "chat", "--key-file", key.toString(), "Say", "hello");

        // Then
        assertThat(exit).isEqualTo(0);
        assertThat(out()).isEqualTo("Hello ä\n");
        assertThat(err()).contains("pocket/sandbox at sandbox (built-in sandbox, not a real model), 3 + 2 tokens",
                "request r-1");
        Asked asked = fake.asked().getFirst();
        assertThat(asked.headers()).containsEntry("authorization", "Bearer pocket_tn_key");
        JsonNode body = Json.read(asked.body());
        assertThat(body.at("/model").asText()).isEqualTo("pocket/auto");
        assertThat(body.at("/messages/0/content").asText()).isEqualTo("Say hello");
    }

    @Test
    void shouldShowAWholeAnswerWithoutStreaming() {
        // Given
        fake.on("POST /v1/chat/completions", Answer.json(200,
                "{\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\"Hi\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}"));

        // When
        int exit = run("chat", "--no-stream", "-m", "m", "Hello");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("Hi\n");
        assertThat(fake.asked().getFirst().body()).doesNotContain("\"stream\"");
    }

    @Test
    void shouldChatAsTheTenantOfTheEnvironment() throws Exception {
        // Given
        Path keys = Files.createDirectories(directory.resolve("home/secrets/tenant-keys"));
        Files.writeString(keys.resolve("acme.key"), "pocket_tn_acme\n");
        Files.writeString(keys.resolve("other.key"), "pocket_tn_other\n");
        fake.on("POST /v1/chat/completions",
                Answer.json(200, "{\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}"));

        // When
        int exit = Pocket.run(cli(Map.of("POCKET_KEY", "", "POCKET_TENANT", "acme")), "chat", "--no-stream", "Hello");

        // Then
        assertThat(exit).isZero();
        assertThat(fake.asked().getFirst().headers()).containsEntry("authorization", "Bearer pocket_tn_acme");
    }

    @Test
    void shouldSayThatAStreamFailedHalfWay() {
        // Given
        fake.on("POST /v1/chat/completions", new Answer(200, Map.of("Content-Type", "text/event-stream"),
                "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\ndata: {\"error\":{\"message\":\"upstream is gone\"}}\n\n"));

        // When
        int exit = run("chat", "Hello");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).contains("upstream is gone").doesNotContain("defect");
    }
}
