package dev.pocketagent.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.JsonNode;

/** Rows under capital headings, two spaces between columns. The widest columns give way where the space is short. */
public final class Table {

    private static final int GAP = 2;
    private static final int MIN_WIDTH = 6;

    private Table() {}

    /**
     * @param columns how wide a line may be; 0: as wide as it needs
     * @return the lines, without trailing blanks
     */
    public static List<String> render(List<Column> shown, Iterable<? extends JsonNode> rows, int columns) {
        var cells = new ArrayList<List<String>>();
        cells.add(shown.stream().map(column -> column.title().toUpperCase(Locale.ROOT)).toList());
        for (JsonNode row : rows) {
            cells.add(shown.stream().map(column -> column.cell(row)).toList());
        }
        int[] widths = new int[shown.size()];
        for (List<String> line : cells) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(line.get(i)));
            }
        }
        if (columns > 0) {
            shrink(widths, columns);
        }
        return cells.stream().map(line -> line(shown, line, widths)).toList();
    }

    private static void shrink(int[] widths, int columns) {
        int total = GAP * (widths.length - 1);
        for (int width : widths) {
            total += width;
        }
        while (total > columns) {
            int widest = 0;
            for (int i = 1; i < widths.length; i++) {
                if (widths[i] > widths[widest]) {
                    widest = i;
                }
            }
            if (widths[widest] <= MIN_WIDTH) {
                return;
            }
            widths[widest]--;
            total--;
        }
    }

    private static String line(List<Column> shown, List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = fit(cells.get(i), widths[i]);
            String padding = " ".repeat(widths[i] - width(cell));
            line.append(i == 0 ? "" : " ".repeat(GAP));
            line.append(shown.get(i).rightAligned() ? padding + cell : cell + padding);
        }
        return line.toString().stripTrailing();
    }

    /** Cuts a text to a width in characters and marks the cut. */
    public static String fit(String text, int width) {
        if (width(text) <= width) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, Math.max(0, width - 1))) + "…";
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
