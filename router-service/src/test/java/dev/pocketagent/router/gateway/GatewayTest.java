package dev.pocketagent.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import io.quarkus.test.junit.QuarkusTest;

/** Who may call which model, what good answers look like, and what the control plane shows of them. */
@QuarkusTest
class GatewayTest extends GatewayTestBase {

    // --- who may call -------------------------------------------------------------------------------------------

    @Test
    void everyBadKeyGetsTheSameAnswer() throws Exception {
        // Given
        var revoked = registry.issue(Roles.TENANT_ADMIN, tenant);
        registry.revoke(revoked);
        var bad = new ArrayList<HttpRequest.Builder>();
        for (var header : new String[]{null, "", "Bearer", "Bearer ", "Basic dTpw", "Bearer x", "Bearer " + revoked,
                "Bearer " + ApiKey.generate(KeyKind.TENANT).secret(),
                "Bearer " + ApiKey.generate(KeyKind.AGENT).secret(),
                "Bearer " + key + "x", key}) {
            var request = request("/v1/chat/completions").POST(BodyPublishers.ofString(chat("echo", false)));
            bad.add(header == null ? request : request.header("Authorization", header));
        }

        // When
        var answers = new ArrayList<String>();
        for (var request : bad) {
            var response = CLIENT.send(request.build(), BodyHandlers.ofString());
            answers.add(response.statusCode() + response.body() + response.headers().firstValue("www-authenticate"));
        }

        // Then
        assertThat(answers).allMatch(answers.getFirst()::equals);
        assertThat(answers.getFirst()).startsWith("401").contains("\"code\":\"invalid_api_key\"", "\"param\":null");
    }

    @Test
    void aSuspendedTenantIsRefusedInWordsItsClientUnderstands() throws Exception {
        // Given
        var agent = registry.issue(Roles.AGENT, tenant);
        assertThat(post(key, chat("echo", false)).statusCode()).isEqualTo(200);
        assertThat(post(agent, chat("echo", false)).statusCode()).isEqualTo(200);

        // When
        registry.suspend(tenant);

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> post(key, chat("echo", false)).statusCode() == 403);
        assertThat(error(post(key, chat("echo", false))).get("code").asText()).isEqualTo("tenant_suspended");
        var toAgent = post(agent, chat("echo", false));
        assertThat(toAgent.statusCode()).as("403 would lock an OpenClaw agent for 10 minutes").isEqualTo(400);
        assertThat(error(toAgent).get("code").asText()).isEqualTo("tenant_suspended");
        registry.resume(tenant);
        await().atMost(Duration.ofSeconds(30)).until(() -> post(agent, chat("echo", false)).statusCode() == 200);
    }

    @Test
    void keysWithoutATenantMayNotCallModels() throws Exception {
        // Given
        var operator = registry.issue(Roles.OPERATOR, null);

        // When
        var response = post(operator, chat("echo", false));

        // Then
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(error(response).get("code").asText()).isEqualTo("key_not_allowed");
    }

    @Test
    void withoutTheRegistryKnownKeysGoOnAndOthersWait() throws Exception {
        // Given
        assertThat(post(key, chat("echo", false)).statusCode()).isEqualTo(200);
        var unknown = registry.issue(Roles.AGENT, tenant);

        // When
        registry.away(true);

        // Then
        try {
            var response = post(unknown, chat("echo", false));
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(error(response).get("code").asText()).isEqualTo("key_check_unavailable");
            assertThat(response.headers().firstValue("retry-after")).isPresent();
            assertThat(post(key, chat("echo", false)).statusCode()).isEqualTo(200);
        } finally {
            registry.away(false);
        }
    }

    // --- models -------------------------------------------------------------------------------------------------

    @Test
    void listsModels() throws Exception {
        // Given
        var plan = new PlanLimits("small", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, List.of("faulty/echo"), List.of(), false,
                0);
        var limited = registry.issue(Roles.AGENT, tenant, plan);

        // When
        var all = ids(get("/v1/models", key));
        var few = ids(get("/v1/models", limited));

        // Then
        assertThat(all).startsWith("pocket/auto").endsWith("pocket/sandbox").contains("echo", "unreachable");
        assertThat(few).containsExactly("pocket/auto", "echo", "pocket/sandbox");
        assertThat(get("/v1/models", null).statusCode()).isEqualTo(401);
        assertThat(get("/v1/models/pocket/auto", key).statusCode()).isEqualTo(200);
        assertThat(get("/v1/models/pocket%2Fsandbox", key).statusCode()).isEqualTo(200);
        assertThat(get("/v1/models/silent", limited).statusCode()).isEqualTo(404);
    }

    @Test
    void aModelOutsideThePlanDoesNotExist() throws Exception {
        // Given
        var plan = new PlanLimits("small", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, List.of("other"), List.of(), false, 0);
        var limited = registry.issue(Roles.AGENT, tenant, plan);

        // When
        var forbidden = post(limited, chat("echo", false));

        // Then
        assertThat(forbidden.statusCode()).isEqualTo(404);
        assertThat(error(forbidden).get("code").asText()).isEqualTo("model_not_found");
        var unknown = post(key, chat("gpt-99", false));
        assertThat(unknown.body()).isEqualTo(forbidden.body().replace("echo", "gpt-99"));
        assertThat(post(limited, chat("pocket/auto", false)).headers().firstValue("x-pocket-provider"))
                .contains("sandbox");
    }

    // --- good answers -------------------------------------------------------------------------------------------

    @Test
    void answersInOnePiece() throws Exception {
        // Given
        var body = chat("echo", false);

        // When
        var response = CLIENT.send(request("/v1/chat/completions").header("Authorization", "Bearer " + key)
                .header("x-request-id", "my-id.1")
                .header("traceparent", "00-1dd3ebef88dea1d70a97b0c27f05319f-9258810e259573a5-01")
                .POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(response.body()).at("/choices/0/message/content").asText()).startsWith("tok0 tok1 ");
        assertThat(response.headers().map()).containsEntry("x-request-id", List.of("my-id.1"))
                .containsEntry("x-pocket-model", List.of("echo")).containsEntry("x-pocket-provider", List.of("faulty"))
                .containsEntry("x-pocket-decision", List.of("requested"))
                .containsEntry("x-pocket-cost-micros", List.of("58"));
        var sent = upstream.seen(marker).getFirst();
        assertThat(new String(sent.body)).isEqualTo(body);
        assertThat(sent.headers).containsEntry("authorization", "Bearer provider-secret")
                .containsEntry("x-request-id", "my-id.1")
                .containsEntry("traceparent", "00-1dd3ebef88dea1d70a97b0c27f05319f-9258810e259573a5-01");
        var row = usage(1).getFirst();
        assertThat(row.get("requestId").asText()).isEqualTo("my-id.1");
        assertThat(row.get("costMicros").asLong()).isEqualTo(10 + 2 * 24);
        assertThat(row.get("usageSource").asText()).isEqualTo("reported");
        assertThat(row.get("status").asText()).isEqualTo("ok");
        assertThat(row.get("streamed").asBoolean()).isFalse();
        assertThat(row.get("keyId").asText()).isEqualTo(registry.keyId(key).toString());
    }

    @Test
    void streamsAndBooksWithoutShowingTheUsageNobodyAskedFor() throws Exception {
        // Given
        var body = chat("echo", true);

        // When
        var response = post(key, body);

        // Then
        assertThat(response.headers().firstValue("content-type")).contains("text/event-stream; charset=utf-8");
        assertThat(events(response.body())).hasSize(26).last().isEqualTo("[DONE]");
        assertThat(response.body()).doesNotContain("usage").contains("tok23");
        assertThat(upstream.seen(marker).getFirst().json().at("/stream_options/include_usage").asBoolean()).isTrue();
        var row = usage(1).getFirst();
        assertThat(row.get("inputTokens").asLong()).isEqualTo(10);
        assertThat(row.get("outputTokens").asLong()).isEqualTo(24);
        assertThat(row.get("usageSource").asText()).isEqualTo("reported");
    }

    @Test
    void showsTheUsageToWhoAskedForIt() throws Exception {
        // Given
        var body = chat("tiny-chunks", true, "stream_options", JSON.createObjectNode().put("include_usage", true));

        // When
        var events = events(post(key, body).body());

        // Then
        assertThat(events).hasSize(27);
        assertThat(JSON.readTree(events.get(25)).at("/usage/completion_tokens").asInt()).isEqualTo(24);
        assertThat(new String(upstream.seen(marker).getFirst().body)).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"no-usage", "no-done"})
    void estimatesWhatIsNotReported(String model) throws Exception {
        // Given
        var body = chat(model, true);

        // When
        var events = events(post(key, body).body());

        // Then
        assertThat(events).last().isEqualTo("[DONE]");
        var row = usage(1).getFirst();
        assertThat(row.get("usageSource").asText()).isEqualTo("estimated");
        assertThat(row.get("status").asText()).isEqualTo("ok");
        assertThat(row.get("outputTokens").asLong())
                .isEqualTo(model.equals("no-usage") ? 45 : 5); // 134 and 15 bytes
    }

    @Test
    void estimatesAWholeAnswerThatReportsNothing() throws Exception {
        // Given
        var body = chat("no-usage", false);

        // When
        var response = post(key, body);

        // Then
        var row = usage(1).getFirst();
        assertThat(row.get("usageSource").asText()).isEqualTo("estimated");
        assertThat(row.get("outputTokens").asLong()).isEqualTo(45); // 134 bytes of text, 3 a token
        assertThat(response.headers().firstValueAsLong("x-pocket-cost-micros").orElseThrow())
                .isEqualTo(row.get("costMicros").asLong());
    }

    @Test
    void theSandboxAnswersOnThePromptAndSaysThatItIsTheSandbox() throws Exception {
        // Given
        var body = "{\"model\":\"pocket/sandbox\",\"messages\":[{\"role\":\"user\",\"content\":\"How many words?\"}]";

        // When
        var whole = post(key, body + "}");
        var streamed = post(key, body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");

        // Then
        var text = JSON.readTree(whole.body()).at("/choices/0/message/content").asText();
        assertThat(text).startsWith("[sandbox]").contains("You wrote 3 words", "How many words?");
        assertThat(JSON.readTree(whole.body()).at("/pocket/sandbox").asBoolean()).isTrue();
        assertThat(whole.headers().firstValue("x-pocket-provider")).contains("sandbox");
        var joined = new StringBuilder();
        var events = events(streamed.body());
        for (var event : events.subList(0, events.size() - 1)) {
            joined.append(JSON.readTree(event).at("/choices/0/delta/content").asText(""));
            assertThat(JSON.readTree(event).at("/pocket/sandbox").asBoolean()).isTrue();
        }
        assertThat(joined.toString()).isEqualTo(text);
        assertThat(JSON.readTree(events.get(events.size() - 2)).at("/usage/prompt_tokens").asInt()).isEqualTo(3);
        assertThat(usage(2)).allMatch(row -> row.get("costMicros").asLong() == 0);
    }

    @Test
    void autoFallsBackBeforeTheFirstByteAndSaysSo() throws Exception {
        // Given
        var body = chat("pocket/auto", true);

        // When
        var response = post(key, body);

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("x-pocket-model")).contains("echo");
        assertThat(response.headers().firstValue("x-pocket-decision").orElseThrow()).startsWith("auto; ")
                .containsAnyOf("unreachable failed (connect), fell back to echo",
                        "skipped unreachable (provider gone is failing)");
        assertThat(upstream.seen(marker).getFirst().json().get("model").asText()).isEqualTo("echo");
        assertThat(usage(1)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat-first-turn", "chat-after-tool-result", "chat-via-cli-gateway"})
    void passesOpenClawsRequestsOnUnchanged(String name) throws Exception {
        // Given
        JsonNode captured;
        try (var in = GatewayTest.class.getResourceAsStream("/openclaw/" + name + ".json")) {
            captured = JSON.readTree(in);
        }
        var body = ((ObjectNode) captured.get("body")).put("user", marker);
        var agent = registry.issue(Roles.AGENT, tenant);
        var request = request(captured.get("url").asText()).POST(BodyPublishers.ofString(body.toString()));
        captured.get("headers").properties().forEach(header -> {
            if (!List.of("host", "connection", "content-length", "authorization").contains(header.getKey())) {
                request.header(header.getKey(), header.getValue().asText());
            }
        });

        // When
        var response = CLIENT.send(request.header("authorization", "Bearer " + agent).build(), BodyHandlers.ofString());

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElseThrow()).startsWith("text/event-stream");
        assertThat(response.headers().firstValue("content-encoding")).isEmpty();
        assertThat(events(response.body())).hasSize(27).last().isEqualTo("[DONE]");
        var sent = new String(upstream.seen(marker).getFirst().body);
        assertThat(sent).isEqualTo(body.toString().replace("\"model\":\"auto\"", "\"model\":\"echo\""));
    }

    // --- bad requests -------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "`` | 400 | invalid_json | ", "{} | 400 | invalid_value | model",
            "{'model':'echo'} | 400 | invalid_value | messages",
            "{'model':'echo','messages':[{}],'n':0} | 400 | invalid_value | n",
            "{'model':'nope','messages':[{}]} | 404 | model_not_found | model"})
    void saysWhatIsWrongWithARequest(String body, int status, String code, String param) throws Exception {
        // Given
        var text = body.replace('\'', '"');

        // When
        var response = post(key, text);

        // Then
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(error(response).get("code").asText()).isEqualTo(code);
        assertThat(error(response).get("param").asText("")).isEqualTo(param == null ? "" : param);
    }

    @Test
    void everythingUnderV1AnswersInTheSameShape() throws Exception {
        // Given paths and methods nobody serves

        // When
        var unknown = get("/v1/nothing", key);
        var wrong = get("/v1/chat/completions", key);

        // Then
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(error(unknown).get("code").asText()).isEqualTo("unknown_url");
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("allow")).contains("POST");
        assertThat(error(wrong).get("code").asText()).isEqualTo("method_not_allowed");
    }

    @Test
    void takesABodyOfSixteenMebibytesAndNotAByteMore() throws Exception {
        // Given
        int limit = 16 * 1024 * 1024;
        var start = "{\"model\":\"echo\",\"user\":\"" + marker + "\",\"messages\":[{\"role\":\"user\",\"content\":\"";
        var atLimit = start + "x".repeat(limit - start.length() - 4) + "\"}]}";

        // When
        var taken = post(key, atLimit);
        var refused = post(key, atLimit + " ");
        var chunked = CLIENT.send(request("/v1/chat/completions").header("Authorization", "Bearer " + key)
                .POST(BodyPublishers.ofByteArrays(List.of((atLimit + " ").getBytes()))).build(),
                BodyHandlers.ofString());

        // Then
        assertThat(taken.statusCode()).isEqualTo(200);
        assertThat(upstream.seen(marker).getFirst().body).hasSize(limit);
        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(error(refused).get("code").asText()).isEqualTo("request_too_large");
        assertThat(chunked.statusCode()).isEqualTo(413);
    }

    // --- control plane ------------------------------------------------------------------------------------------

    @Test
    void showsUsageToItsTenantAndToOperatorsOnly() throws Exception {
        // Given
        var other = registry.newTenant();
        var otherKey = registry.issue(Roles.TENANT_ADMIN, other);
        var operator = registry.issue(Roles.OPERATOR, null);
        post(key, chat("echo", false));
        post(key, chat("echo", true));
        post(otherKey, chat("echo", true));
        usage(2);

        // When
        var own = get("/api/v1/usage?tenant=" + tenant, key);
        var foreign = get("/api/v1/usage?tenant=" + tenant, otherKey);
        var byOperator = get("/api/v1/usage?tenant=" + tenant + "&limit=1", operator);
        var summary = get("/api/v1/usage/summary?tenant=" + tenant, operator);

        // Then
        assertThat(JSON.readTree(own.body()).get("items")).hasSize(2);
        assertThat(foreign.statusCode()).isEqualTo(404);
        assertThat(foreign.headers().firstValue("content-type")).contains("application/problem+json");
        var page = JSON.readTree(byOperator.body());
        assertThat(page.get("items")).hasSize(1);
        var rest = get("/api/v1/usage?tenant=" + tenant + "&limit=1&cursor=" + page.get("nextCursor").asText(),
                operator);
        assertThat(JSON.readTree(rest.body()).get("items")).hasSize(1);
        assertThat(JSON.readTree(rest.body()).has("nextCursor")).isFalse();
        var total = JSON.readTree(summary.body()).get("total");
        assertThat(total.get("requests").asLong()).isEqualTo(2);
        assertThat(total.get("costMicros").asLong()).isEqualTo(2 * 58);
        assertThat(JSON.readTree(summary.body()).get("models")).hasSize(1);
        assertThat(JSON.readTree(get("/api/v1/usage/summary", key).body()).at("/total/outputTokens").asLong())
                .isEqualTo(48);
        assertThat(get("/api/v1/usage", registry.issue(Roles.AGENT, tenant)).statusCode()).isEqualTo(403);
        assertThat(get("/api/v1/usage?tenat=x", operator).statusCode()).isEqualTo(400);
        assertThat(get("/api/v1/usage?tenant=x", operator).statusCode()).isEqualTo(400);
        assertThat(get("/api/v1/usage/summary?from=yesterday", operator).statusCode()).isEqualTo(400);
        assertThat(get("/api/v1/usage/summary?to=%2B1000000000-12-31T23:59:59Z", operator).statusCode()).isEqualTo(400);
    }

    @Test
    void showsModelsAndWhyAutoPicksOne() throws Exception {
        // Given
        for (int i = 0; i < 3; i++) {
            post(key, chat("unreachable", false));
        }

        // When
        var view = JSON.readTree(get("/api/v1/models", key).body());

        // Then
        assertThat(view.at("/auto/picks").asText()).isEqualTo("echo");
        assertThat(view.at("/auto/order/0/objection").asText()).isEqualTo("provider gone is failing");
        assertThat(view.at("/auto/order/2/model").asText()).isEqualTo("pocket/sandbox");
        assertThat(view.get("providers")).anySatisfy(provider -> {
            assertThat(provider.get("name").asText()).isEqualTo("gone");
            assertThat(provider.get("healthy").asBoolean()).isFalse();
            assertThat(provider.get("lastFailure").asText()).isEqualTo("connect");
        });
        assertThat(view.toString()).doesNotContain("provider-secret");
    }
}
