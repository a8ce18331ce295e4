package dev.pocketagent.cli.output;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.output.Terminal.Style;

/** Writes a command's result in the asked format to standard output. */
public final class Printer {

    private final Terminal terminal;
    private final Format format;

    public Printer(Terminal terminal, Format format) {
        this.terminal = terminal;
        this.format = format;
    }

    public boolean forPeople() {
        return format == Format.table;
    }

    /** A list: {@code document} whole for programs, its {@code items} as rows for people. */
    public void list(JsonNode document, String nothing, List<Column> columns) {
        if (!forPeople()) {
            document(document);
            return;
        }
        JsonNode items = document.path("items");
        if (items.isEmpty()) {
            terminal.err().println(nothing);
            return;
        }
        table(items, columns);
        if (!Json.text(document, "/nextCursor").isEmpty()) {
            terminal.err().println("There is more: raise --limit.");
        }
    }

    public void table(Iterable<? extends JsonNode> rows, List<Column> columns) {
        lines(Table.render(columns, rows, width()));
    }

    /** A table whose last column is whole sentences, none of them cut. */
    public void table(Iterable<? extends JsonNode> rows, List<Column> columns, Column text) {
        lines(Prose.table(columns, text, rows, width()));
    }

    /** Sentences for people. */
    public void text(String text) {
        Prose.wrap(text, width() == 0 ? Integer.MAX_VALUE : width()).forEach(terminal.out()::println);
    }

    /** How wide a line may be; 0: as wide as it needs. */
    private int width() {
        return terminal.outIsTerminal() ? terminal.columns() : 0;
    }

    private void lines(List<String> lines) {
        PrintStream out = terminal.out();
        out.println(terminal.out(Style.BOLD, lines.getFirst()));
        lines.stream().skip(1).forEach(out::println);
    }

    /** One thing: whole for programs, its fields one a line for people. */
    public void one(JsonNode thing) {
        if (!forPeople()) {
            document(thing);
            return;
        }
        var fields = new ArrayList<String[]>();
        flatten("", thing, fields);
        int width = fields.stream().mapToInt(field -> field[0].length()).max().orElse(0);
        for (String[] field : fields) {
            String name = field[0] + " ".repeat(width - field[0].length());
            terminal.out().println(terminal.out(Style.BOLD, name) + "  " + field[1]);
        }
    }

    /** The document itself, as JSON unless YAML was asked for. */
    public void document(JsonNode node) {
        terminal.out().print(format == Format.yaml ? Json.yaml(node) : Json.pretty(node) + "\n");
        terminal.out().flush();
    }

    private static void flatten(String prefix, JsonNode node, List<String[]> fields) {
        for (var field : node.properties()) {
            String name = prefix.isEmpty() ? field.getKey() : prefix + "." + field.getKey();
            JsonNode value = field.getValue();
            if (value.isObject() && !value.isEmpty()) {
                flatten(name, value, fields);
            } else if (value.isArray() && !value.isEmpty() && value.get(0).isObject()) {
                int index = 0;
                for (JsonNode each : value) {
                    flatten(name + "[" + index++ + "]", each, fields);
                }
            } else if (value.isArray()) {
                var joined = new ArrayList<String>();
                value.forEach(each -> joined.add(each.asText()));
                fields.add(new String[]{name, joined.isEmpty() ? "-" : String.join(", ", joined)});
            } else {
                fields.add(new String[]{name, value.isNull() || value.isObject() ? "-" : value.asText()});
            }
        }
    }
}
