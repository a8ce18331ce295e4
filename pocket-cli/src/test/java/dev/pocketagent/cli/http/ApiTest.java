package dev.pocketagent.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.util.ArrayList;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.FakeServices;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class ApiTest {

    private final FakeServices fake = new FakeServices();
    private final Api api = new Api(Api.client(), "registry", URI.create(fake.url()), "secret");

    @AfterEach
    void close() {
        fake.close();
    }

    @Test
    void shouldSendKeyAndAnIdempotencyKeyOfItsOwnWithEachPost() {
        // Given
        fake.on("POST /x", Answer.json(201, "{\"id\":\"1\"}"));
        api.post("/x", Json.object().put("a", "ä"));

        // When
        Reply reply = api.post("/x", Json.object());

        // Then
        assertThat(Json.text(reply.body(), "/id")).isEqualTo("1");
        assertThat(fake.asked())
                .allSatisfy(asked -> assertThat(asked.headers()).containsEntry("authorization", "Bearer secret"));
        assertThat(fake.asked().getFirst().body()).isEqualTo("{\"a\":\"ä\"}");
        assertThat(fake.asked().stream().map(asked -> asked.headers().get("idempotency-key"))).doesNotHaveDuplicates();
    }

    @Test
    void shouldFollowCursorsUpToTheLimit() {
        // Given
        fake.on("GET /list?limit=3&tenant=t", Answer.json(200, "{\"items\":[1,2],\"nextCursor\":\"a b\"}"));
        fake.on("GET /list?limit=1&tenant=t&cursor=a%20b", Answer.json(200, "{\"items\":[3],\"nextCursor\":\"more\"}"));

        // When
        JsonNode all = api.list("/list", "tenant=t", 3);

        // Then
        assertThat(all).isEqualTo(Json.read("{\"items\":[1,2,3],\"nextCursor\":\"more\"}"));
    }

    @Test
    void shouldReadProblems() {
        // Given
        fake.on("GET /x", Answer.problem(422, "invalid_input",
                ",\"detail\":\"No.\",\"errors\":[{\"pointer\":\"/slug\",\"detail\":\"too long\"}]"));

        // When
        ApiException e = catchThrowableOfType(ApiException.class, () -> api.get("/x"));

        // Then
        assertThat(e.status()).isEqualTo(422);
        assertThat(e.code()).isEqualTo("invalid_input");
        assertThat(e.detail()).isEqualTo("No.");
        assertThat(e.inputErrors()).containsExactly("/slug: too long");
        assertThat(e.traceId()).isEqualTo("abc123");
    }

    @Test
    void shouldReadErrorsInTheShapeOfOpenAi() {
        // Given
        fake.on("GET /v1/models", Answer.json(402,
                "{\"error\":{\"message\":\"used up\",\"type\":\"insufficient_quota\",\"code\":null}}"));

        // When
        ApiException e = catchThrowableOfType(ApiException.class, () -> api.get("/v1/models"));

        // Then
        assertThat(e.code()).isEqualTo("insufficient_quota");
        assertThat(e.detail()).isEqualTo("used up");
    }

    @Test
    void shouldCopeWithAnswersThatAreNoJson() {
        // Given
        fake.on("GET /x", new Answer(502, Map.of("Content-Type", "text/html"), "<h1>Bad Gateway</h1>"));

        // When
        ApiException e = catchThrowableOfType(ApiException.class, () -> api.get("/x"));

        // Then
        assertThat(e.code()).isEmpty();
        assertThat(e.detail()).isEqualTo("<h1>Bad Gateway</h1>");
    }

    @Test
    void shouldSayThatNobodyAnswers() {
        // Given
        fake.close();

        // When
        UnreachableException e = catchThrowableOfType(UnreachableException.class, () -> api.get("/x"));

        // Then
        assertThat(e.service()).isEqualTo("registry");
        assertThat(e.getMessage()).contains("refused");
    }

    @Test
    void shouldHandOverEventsOfAStream() {
        // Given
        fake.on("POST /s", new Answer(200, Map.of("Content-Type", "text/event-stream", "x-request-id", "r1"),
                "data: {\"a\":1}\n\ndata: [DONE]\n\n"));
        var events = new ArrayList<String>();

        // When
        Reply head = api.stream("/s", Json.object(), Map.of(), event -> events.add(event.data()));

        // Then
        assertThat(events).containsExactly("{\"a\":1}", "[DONE]");
        assertThat(head.header("X-Request-Id")).isEqualTo("r1");
    }

    @Test
    void shouldTurnAnErrorInsteadOfAStreamIntoAProblem() {
        // Given
        fake.on("POST /s", Answer.problem(401, "unauthenticated", ""));

        // When
        ApiException e = catchThrowableOfType(ApiException.class,
                () -> api.stream("/s", Json.object(), Map.of(), _ -> {
                }));

        // Then
        assertThat(e.status()).isEqualTo(401);
    }
}
