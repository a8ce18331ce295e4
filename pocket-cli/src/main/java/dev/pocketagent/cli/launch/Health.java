package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.output.Json;

/**
 * What a service says of itself.
 *
 * @param answers whether anybody answered
 * @param ready whether it can do its job
 * @param missing names of the checks that are down
 */
record Health(boolean answers, boolean ready, List<String> missing) {

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Health SILENT = new Health(false, false, List.of());

    static Health of(HttpClient http, URI management) {
        try {
            var request = HttpRequest.newBuilder(management.resolve("/q/health/ready")).timeout(PATIENCE).build();
            var answer = http.send(request, BodyHandlers.ofString());
            return answer.statusCode() == 200
                    ? new Health(true, true, List.of())
                    : new Health(true, false, missing(answer.body()));
        } catch (IOException _) {
            return SILENT;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return SILENT;
        }
    }

    static List<String> missing(String body) {
        var missing = new ArrayList<String>();
        try {
            for (JsonNode check : Json.read(body).path("checks")) {
                if (!"UP".equals(Json.text(check, "/status"))) {
                    String reason = Json.text(check, "/data/reason");
                    missing.add(Json.text(check, "/name") + (reason.isEmpty() ? "" : " (" + reason + ")"));
                }
            }
        } catch (UncheckedIOException _) {
            // not a health document: it is up, and that is all we know
        }
        return missing;
    }
}
