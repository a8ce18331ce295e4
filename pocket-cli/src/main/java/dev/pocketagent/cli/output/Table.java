package dev.pocketagent.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Rows under capital headings, two spaces between columns. Where the space is short the widest columns give way, then the
 * last ones are left out; what names a row for other commands is always whole, even if that makes lines longer.
 */
public final class Table {

    private static final int GAP = 2;

    private Table() {}

    /**
     * @param columns how wide a line may be; 0: as wide as it needs
     * @return the lines, without trailing blanks
     */
    public static List<String> render(List<Column> shown, Iterable<? extends JsonNode> rows, int columns) {
        var kept = new ArrayList<>(shown);
        List<List<String>> cells = cells(kept, rows);
        int[] widths = widths(cells);
        while (columns > 0 && !shrink(kept, widths, columns)) {
            int least = leastNeeded(kept);
            if (least < 0) {
                break;
            }
            kept.remove(least);
            cells = cells(kept, rows);
            widths = widths(cells);
        }
        int[] fitting = widths;
        return cells.stream().map(line -> line(kept, line, fitting)).toList();
    }

    private static List<List<String>> cells(List<Column> shown, Iterable<? extends JsonNode> rows) {
        var cells = new ArrayList<List<String>>();
        cells.add(shown.stream().map(column -> column.title().toUpperCase(Locale.ROOT)).toList());
        for (JsonNode row : rows) {
            cells.add(shown.stream().map(column -> column.cell(row)).toList());
        }
        return cells;
    }

    private static int[] widths(List<List<String>> cells) {
        int[] widths = new int[cells.getFirst().size()];
        for (List<String> line : cells) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(line.get(i)));
            }
        }
        return widths;
    }

    /** The last column that may be left out; -1 when there is none. */
    private static int leastNeeded(List<Column> shown) {
        for (int i = shown.size() - 1; i > 0; i--) {
            if (!shown.get(i).namesRow()) {
                return i;
            }
        }
        return -1;
    }

    /** Whether the columns fit now. */
    private static boolean shrink(List<Column> shown, int[] widths, int columns) {
        int total = GAP * (widths.length - 1);
        for (int width : widths) {
            total += width;
        }
        while (total > columns) {
            int widest = -1;
            for (int i = 0; i < widths.length; i++) {
                if (widths[i] > shown.get(i).minWidth() && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                return false;
            }
            int less = shown.get(widest).less(widths[widest]);
            total -= widths[widest] - less;
            widths[widest] = less;
        }
        return true;
    }

    private static String line(List<Column> shown, List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = shown.get(i).fit(cells.get(i), widths[i]);
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

    static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
