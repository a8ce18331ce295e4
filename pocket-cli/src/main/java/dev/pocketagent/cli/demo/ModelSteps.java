package dev.pocketagent.cli.demo;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.model.Chat;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Json;

/** The steps at the router: a question with the context, its streamed answer, and what that cost. */
final class ModelSteps {

    private static final String QUESTION = "In two sentences: who are you, and what can you do for me?";
    private static final int MAX_CONTEXT_CHARACTERS = 8000;
    private static final Duration USAGE_PATIENCE = Duration.ofSeconds(20);

    private final Cli cli;
    private final Screen screen;
    private final Report report;
    private final TenantSteps tenant;
    private final ContextSteps context;
    private final Instant begin;
    private Chat.@Nullable Answer answer;

    /** @param begin when the user began to wait */
    ModelSteps(Cli cli, Screen screen, Report report, TenantSteps tenant, ContextSteps context, Instant begin) {
        this.cli = cli;
        this.screen = screen;
        this.report = report;
        this.tenant = tenant;
        this.context = context;
        this.begin = begin;
    }

    /** Asks with the synced context, and shows the answer as it comes. */
    void ask(ObjectNode found) {
        ArrayNode messages = Json.array();
        String prompt = context.prompt();
        if (!prompt.isBlank()) {
            messages.addObject().put("role", "system").put("content",
                    prompt.substring(0, Math.min(prompt.length(), MAX_CONTEXT_CHARACTERS)));
        }
        messages.addObject().put("role", "user").put("content", QUESTION);
        screen.detail("pocket/auto is asked, with the synced context as system message:");
        screen.detail("\"" + QUESTION + "\"");
        long[] sinceBegin = new long[1];
        var chat = new Chat(cli.router().with(tenant.key()), "pocket/auto");
        Chat.Answer got = chat.stream(messages, token -> {
            if (sinceBegin[0] == 0) {
                sinceBegin[0] = Duration.between(begin, Instant.now()).toMillis();
            }
            screen.token(token);
        });
        if (got.text().isBlank()) {
            throw CliException.failed("the model answered nothing", "see pocket logs router");
        }
        answer = got;
        report.ids().put("request", got.requestId());
        report.document().put("firstTokenMilliseconds", sinceBegin[0]);
        report.document().put("model", got.model());
        report.document().put("sandbox", got.sandbox());
        found.put("model", got.model()).put("provider", got.provider()).put("sandbox", got.sandbox())
                .put("requestId", got.requestId()).put("firstTokenMilliseconds", got.firstTokenMillis())
                .put("sinceStartMilliseconds", sinceBegin[0]).put("text", got.text());
        screen.detail(got.sandbox()
                ? "answered by the built-in sandbox, no real model: none is set up here"
                : "answered by " + got.model() + (got.provider().isEmpty() ? "" : " at " + got.provider()));
        screen.detail("first token after " + Durations.shown(Duration.ofMillis(got.firstTokenMillis())) + ", "
                + Durations.shown(Duration.ofMillis(sinceBegin[0])) + " after the demo began");
    }

    /** Finds what the answer is accounted at. */
    void account(ObjectNode found) {
        Chat.Answer got = answer;
        if (got == null) {
            throw CliException.failed("there was no answer to account for", "");
        }
        JsonNode row = Poll.until(USAGE_PATIENCE, "the usage row of request " + got.requestId(), () -> {
            for (JsonNode each : cli.router().list("/api/v1/usage", "tenant=" + tenant.id(), 20).path("items")) {
                if (Json.text(each, "/requestId").equals(got.requestId())) {
                    return each;
                }
            }
            return null;
        });
        report.ids().put("usage", Json.text(row, "/id"));
        found.set("row", row);
        screen.detail(Json.text(row, "/model") + ": " + Json.text(row, "/inputTokens") + " tokens in, "
                + Json.text(row, "/outputTokens") + " out, " + Column.dollars(row.path("costMicros").asLong()));
        screen.detail("request " + got.requestId());
    }
}
