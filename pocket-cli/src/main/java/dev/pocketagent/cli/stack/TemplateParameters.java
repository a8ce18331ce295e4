package dev.pocketagent.cli.stack;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;

/** The parameters of a template: its JSON schema in words. Rules that there are no words for are the service's to tell. */
final class TemplateParameters {

    static final List<Column> COLUMNS = List.of(new Column("parameter", "/name", Column.Kind.ID),
            Column.text("type", "/type"), Column.text("default", "/default"), Column.text("allowed", "/allowed"));
    static final Column PURPOSE = Column.text("what it is for", "/description");

    private TemplateParameters() {}

    /** @param schema of an object; its properties are the parameters */
    static ArrayNode rows(JsonNode schema) {
        Set<String> needed = new HashSet<>();
        schema.path("required").forEach(name -> needed.add(name.asText()));
        ArrayNode rows = Json.array();
        for (var property : schema.path("properties").properties()) {
            JsonNode rules = property.getValue();
            ObjectNode row = rows.addObject().put("name", property.getKey());
            row.put("type", Json.text(rules, "/type") + (rules.path("x-secret").asBoolean() ? ", secret" : ""));
            row.put("default", byDefault(rules, needed.contains(property.getKey())));
            row.put("allowed", allowed(rules));
            row.put("description", Json.text(rules, "/description"));
        }
        return rows;
    }

    private static String byDefault(JsonNode rules, boolean needed) {
        JsonNode value = rules.path("default");
        if (value.isMissingNode()) {
            return needed ? "(needed)" : rules.has("x-generate") ? "(generated)" : "";
        }
        return value.isTextual() && !value.asText().isBlank() ? value.asText() : value.toString();
    }

    private static String allowed(JsonNode rules) {
        var parts = new ArrayList<String>();
        if (rules.path("enum").isArray()) {
            var values = new ArrayList<String>();
            rules.path("enum").forEach(value -> values.add(value.asText()));
            parts.add(String.join(", ", values));
        } else if (Json.text(rules, "/type").equals("boolean")) {
            parts.add("true, false");
        }
        range(parts, rules, "minimum", "maximum", "");
        range(parts, rules, "minLength", "maxLength", " characters");
        range(parts, rules, "minItems", "maxItems", " items");
        range(parts, rules, "minProperties", "maxProperties", " entries");
        if (rules.has("pattern")) {
            parts.add("matching " + Json.text(rules, "/pattern"));
        }
        return String.join(", ", parts);
    }

    private static void range(List<String> parts, JsonNode rules, String least, String most, String unit) {
        if (rules.has(least) && rules.has(most)) {
            parts.add(Json.text(rules, "/" + least) + " to " + Json.text(rules, "/" + most) + unit);
        } else if (rules.has(least)) {
            parts.add(Json.text(rules, "/" + least) + unit + " or more");
        } else if (rules.has(most)) {
            parts.add("up to " + Json.text(rules, "/" + most) + unit);
        }
    }
}
