package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.http.UnreachableException;
import dev.pocketagent.cli.output.Json;

/**
 * Templates that plans name and the provisioner does not offer: plans promise them for when they are there, and a name in a
 * plan is no template yet.
 */
final class MissingTemplates {

    private static final String TEMPLATES = "/limits/templates";
    /** The plans are shown without this, too. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private MissingTemplates() {}

    /** Those of these plans; none when there is no provisioner to ask, or it does not tell this key. */
    static Set<String> among(Cli cli, Iterable<JsonNode> plans) {
        var named = new TreeSet<String>();
        for (JsonNode plan : plans) {
            plan.at(TEMPLATES).forEach(each -> named.add(each.asText()));
        }
        named.removeIf(each -> each.endsWith("*"));
        if (named.isEmpty()) {
            return Set.of();
        }
        try {
            JsonNode offered = cli.provisioner().patient(PATIENCE).get("/api/v1/templates").body().path("items");
            offered.forEach(template -> named.remove(Json.text(template, "/name")));
            return offered.isArray() ? named : Set.of();
        } catch (ApiException | UnreachableException _) {
            return Set.of();
        }
    }

    /** The plan with a word behind each of its templates that is not there. */
    static JsonNode marked(Cli cli, JsonNode plan) {
        Set<String> missing = among(cli, List.of(plan));
        JsonNode marked = plan.deepCopy();
        if (marked.at(TEMPLATES) instanceof ArrayNode names) {
            for (int i = 0; i < names.size(); i++) {
                if (missing.contains(names.path(i).asText())) {
                    names.set(i, names.path(i).asText() + " (not installed here)");
                }
            }
        }
        return marked;
    }
}
