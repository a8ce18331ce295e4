package dev.pocketagent.registry.pocketbase;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;

/** What PocketBase's collection of tenants looks like. */
record Collection(Map<String, Field> fields) {

    /**
     * One of its fields.
     *
     * @param choices what a field of type {@code select} takes; empty for other types
     */
    record Field(String type, List<String> choices) {

        Field {
            choices = List.copyOf(choices);
        }

        /** Whether this text can be written into it, as far as the type says. Empty text is for PocketBase to judge. */
        boolean takes(String text) {
            return text.isEmpty() || !type.equals("select") || choices.contains(text);
        }
    }

    Collection {
        fields = Map.copyOf(fields);
    }

    /** Out of PocketBase's description of it. */
    static Collection of(JsonNode description) {
        Map<String, Field> fields = new HashMap<>();
        // Up to 0.22 the list is called "schema", and choices are below "options".
        JsonNode list = description.has("fields") ? description.path("fields") : description.path("schema");
        for (JsonNode field : list) {
            JsonNode choices = field.has("values") ? field.path("values") : field.path("options").path("values");
            fields.put(field.path("name").asText(), new Field(field.path("type").asText(),
                    StreamSupport.stream(choices.spliterator(), false).map(JsonNode::asText).toList()));
        }
        return new Collection(fields);
    }

    boolean has(String field) {
        return fields.containsKey(field);
    }

    boolean takes(String field, String text) {
        Field known = fields.get(field);
        return known != null && known.takes(text);
    }
}
