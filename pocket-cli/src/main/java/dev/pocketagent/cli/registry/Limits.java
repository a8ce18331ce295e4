package dev.pocketagent.cli.registry;

import java.util.List;
import java.util.Map;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;

/** Limits of plans and tenants as they stand on a command line: {@code stacks=300}, {@code models=a,b}, {@code dailyBackup=true}. */
final class Limits {

    static final List<Column> CHANGES = List.of(Column.text("limit", "/name"),
            new Column("now", "/now", Column.Kind.LIST), new Column("new", "/new", Column.Kind.LIST));

    private static final Set<String> LISTS = Set.of("models", "templates");

    private Limits() {}

    /**
     * Whether a name exists is the service's to say; what it can hold, is said here.
     *
     * @param option for messages, e.g. {@code --set}
     * @throws CliException when a value is neither whole number, true, false nor list
     */
    static ObjectNode typed(String option, Map<String, String> given) {
        ObjectNode limits = Json.object();
        given.forEach((name, value) -> {
            if (LISTS.contains(name)) {
                ArrayNode list = limits.putArray(name);
                List.of(value.split(",")).stream().map(String::strip).filter(each -> !each.isEmpty())
                        .forEach(list::add);
            } else if (value.equals("true") || value.equals("false") || value.matches("-?(0|[1-9]\\d{0,17})")) {
                limits.set(name, Json.read(value));
            } else {
                throw CliException.usage(option + " " + name + "=" + value + ": \"" + value
                        + "\" is no whole number, and neither true nor false",
                        "write for example " + option + " stacks=300, or " + option
                                + " models=openai/*,pocket/sandbox");
            }
        });
        return limits;
    }

    /** What differs, as rows of {@link #CHANGES}. Fields that {@code wanted} does not name stay as they are. */
    static ArrayNode changes(JsonNode now, JsonNode wanted) {
        ArrayNode changes = Json.array();
        for (var field : wanted.properties()) {
            JsonNode before = now.path(field.getKey());
            // 1 and 1L are the same limit.
            if (!before.equals(field.getValue()) && !before.toString().equals(field.getValue().toString())) {
                ObjectNode change = changes.addObject().put("name", field.getKey());
                change.set("now", before.isMissingNode() ? null : before);
                change.set("new", field.getValue());
            }
        }
        return changes;
    }
}
