package dev.pocketagent.cli.command;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Progress;

/** Waiting for a service's long work, with its steps shown as they go. */
public final class Operations {

    private static final Duration PAUSE = Duration.ofMillis(150);

    private Operations() {}

    /**
     * Waits until the operation has ended.
     *
     * @return the operation's last state, whatever it is
     * @throws CliException when it has not ended in time; it goes on
     */
    public static JsonNode await(Api api, String id, Duration atMost, Progress progress) {
        long deadline = System.nanoTime() + atMost.toNanos();
        Map<String, Progress.Row> rows = new HashMap<>();
        while (true) {
            JsonNode operation = api.get("/api/v1/operations/" + Api.encoded(id)).body();
            for (JsonNode step : operation.path("steps")) {
                show(step, rows, progress);
            }
            if (hasEnded(operation)) {
                return operation;
            }
            if (System.nanoTime() > deadline) {
                throw CliException.failed(
                        "operation " + id + " has not ended in " + atMost.toSeconds() + " s; it goes on",
                        "follow it: pocket operation watch " + id);
            }
            pause();
        }
    }

    public static boolean hasEnded(JsonNode operation) {
        return switch (Json.text(operation, "/state")) {
            case "succeeded", "failed", "cancelled" -> true;
            default -> false;
        };
    }

    public static boolean hasSucceeded(JsonNode operation) {
        return "succeeded".equals(Json.text(operation, "/state"));
    }

    /** @throws CliException when the operation ended otherwise than well */
    public static void requireSuccess(JsonNode operation, String what, String cure) {
        if (!hasSucceeded(operation)) {
            JsonNode error = operation.path("error");
            String reason = error.isTextual()
                    ? error.asText()
                    : Json.text(error, "/detail").isEmpty()
                            ? Json.text(error, "/message")
                            : Json.text(error, "/detail");
            throw CliException.failed(
                    what + " " + Json.text(operation, "/state") + (reason.isEmpty() ? "" : ": " + reason),
                    cure);
        }
    }

    /** The id of the operation that an accepting answer names: in its body, or at the end of its Location. */
    public static String idOf(JsonNode body, String location) {
        String id = Json.text(body, "/id");
        return id.isEmpty() ? location.substring(location.lastIndexOf('/') + 1) : id;
    }

    private static void show(JsonNode step, Map<String, Progress.Row> rows, Progress progress) {
        String name = Json.text(step, "/name");
        String message = Json.text(step, "/message");
        String state = Json.text(step, "/state");
        switch (state) {
            case "pending", "queued", "" -> {
                // not begun: shown when it is
            }
            case "succeeded", "skipped" ->
                rows.computeIfAbsent(name, progress::row).done(message.isEmpty() ? state : message);
            case "failed", "cancelled", "interrupted" -> rows.computeIfAbsent(name, progress::row)
                    .failed(message.isEmpty() ? state : message);
            default -> rows.computeIfAbsent(name, progress::row).working(message.isEmpty() ? state : message);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.INTERRUPTED, "interrupted", "");
        }
    }
}
