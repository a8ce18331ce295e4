package dev.pocketagent.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.JsonNode;

/** Texts of whole sentences, which are broken into lines and never cut. */
public final class Prose {

    private static final int GAP = 2;
    private static final int INDENT = 4;
    /** A narrower column of sentences is harder to read than lines below each row. */
    private static final int LEAST = 36;

    private Prose() {}

    /**
     * A text in lines of words. A word that is longer than a line is whole on one of its own.
     *
     * @param width in characters
     */
    public static List<String> wrap(String text, int width) {
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        for (String word : text.strip().split("\\s+")) {
            if (!line.isEmpty() && Table.width(line.toString()) + 1 + Table.width(word) > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    /**
     * A table whose last column is a text: beside the others where there is room, else below each row.
     *
     * @param columns how wide a line may be; 0: as wide as it needs
     */
    static List<String> table(List<Column> shown, Column text, Iterable<? extends JsonNode> rows, int columns) {
        List<String> table = Table.render(shown, rows, columns);
        int width = table.stream().mapToInt(Table::width).max().orElse(0) + GAP;
        boolean isBeside = columns == 0 || columns - width >= LEAST;
        var lines = new ArrayList<String>();
        lines.add(isBeside ? beside(table.getFirst(), width, text.title().toUpperCase(Locale.ROOT)) : table.getFirst());
        int at = 1;
        for (JsonNode row : rows) {
            String cells = table.get(at++);
            String words = text.cell(row);
            if (columns == 0) {
                lines.add(beside(cells, width, words));
            } else if (isBeside) {
                List<String> wrapped = wrap(words, columns - width);
                lines.add(beside(cells, width, wrapped.getFirst()));
                wrapped.stream().skip(1).map(each -> beside("", width, each)).forEach(lines::add);
            } else {
                lines.add(cells);
                wrap(words, columns - INDENT).stream().map(each -> " ".repeat(INDENT) + each).forEach(lines::add);
            }
        }
        return lines;
    }

    private static String beside(String cells, int width, String words) {
        return cells + " ".repeat(width - Table.width(cells)) + words;
    }
}
