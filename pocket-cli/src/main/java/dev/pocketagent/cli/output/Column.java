package dev.pocketagent.cli.output;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.StringJoiner;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One column of a table: where its value is found and how it is shown.
 *
 * @param title shown in capitals
 * @param pointer JSON pointer into a row
 */
public record Column(String title, String pointer, Kind kind) {

    /** How a value is shown. */
    public enum Kind {
        /** as it is */
        TEXT,
        /** as it is, whole or not at all: half an id is of no use */
        ID,
        /** as it is, right-aligned */
        NUMBER,
        /** whole micro-dollars as dollars */
        MICROS,
        /** milliseconds as a duration */
        MILLIS,
        /** an ISO instant to the second, in UTC */
        TIME,
        /** the first eight characters of a hash */
        HASH,
        /** elements of an array, with commas */
        LIST,
        /** true as a yes that stands out, anything else as nothing */
        FLAG,
        /** the fields of an object as {@code name=value}, without those that are 0 or nothing */
        PAIRS
    }

    public static Column text(String title, String pointer) {
        return new Column(title, pointer, Kind.TEXT);
    }

    public static Column number(String title, String pointer) {
        return new Column(title, pointer, Kind.NUMBER);
    }

    public static Column time(String title, String pointer) {
        return new Column(title, pointer, Kind.TIME);
    }

    private static final int MIN_WIDTH = 6;
    private static final int DATE_WIDTH = 10;
    private static final int TIME_WIDTH = 20;

    /** Whether other commands take its value as the name of the row: then it is never cut. */
    boolean namesRow() {
        return pointer.equals("/id") || pointer.equals("/slug");
    }

    int minWidth() {
        return namesRow() || kind == Kind.ID ? Integer.MAX_VALUE : kind == Kind.TIME ? DATE_WIDTH : MIN_WIDTH;
    }

    /** The next narrower width: a time that has no room is a date. */
    int less(int width) {
        return kind == Kind.TIME && width <= TIME_WIDTH ? DATE_WIDTH : width - 1;
    }

    String fit(String cell, int width) {
        return kind == Kind.TIME && width == DATE_WIDTH && cell.length() == TIME_WIDTH
                ? cell.substring(0, DATE_WIDTH)
                : Table.fit(cell, width);
    }

    boolean rightAligned() {
        return kind == Kind.NUMBER || kind == Kind.MICROS || kind == Kind.MILLIS;
    }

    String cell(JsonNode row) {
        JsonNode value = row.at(pointer);
        if (value.isMissingNode() || value.isNull()) {
            return "-";
        }
        return harmless(switch (kind) {
            case TEXT, ID, NUMBER -> value.isValueNode() ? oneLine(value.asText()) : value.toString();
            case MICROS -> dollars(value.asLong());
            case MILLIS -> Durations.shown(Duration.ofMillis(value.asLong()));
            case TIME -> time(value.asText());
            case HASH -> value.asText().length() > 8 ? value.asText().substring(0, 8) : value.asText();
            case LIST -> list(value);
            case FLAG -> value.asBoolean() ? "yes" : "-";
            case PAIRS -> pairs(value);
        });
    }

    /** Whole micro-dollars as dollars with six digits, so that small amounts do not vanish. */
    public static String dollars(long micros) {
        return String.format(Locale.ROOT, "$%s%d.%06d", micros < 0 ? "-" : "", Math.abs(micros) / 1_000_000,
                Math.abs(micros) % 1_000_000);
    }

    private static String time(String iso) {
        try {
            return Instant.ofEpochSecond(Instant.parse(iso).getEpochSecond()).toString().replace('T', ' ');
        } catch (DateTimeParseException _) {
            return iso;
        }
    }

    private static String list(JsonNode value) {
        if (!value.isArray()) {
            return value.asText();
        }
        var joined = new StringBuilder();
        for (JsonNode each : value) {
            joined.append(joined.isEmpty() ? "" : ",").append(each.isValueNode() ? each.asText() : each.toString());
        }
        return joined.isEmpty() ? "-" : joined.toString();
    }

    private static String pairs(JsonNode value) {
        if (!value.isObject()) {
            return oneLine(value.asText());
        }
        var joined = new StringJoiner(" ");
        joined.setEmptyValue("-");
        for (var field : value.properties()) {
            JsonNode each = field.getValue();
            if (!each.isNull() && !(each.isNumber() && each.asLong() == 0)) {
                joined.add(field.getKey() + "=" + (each.isValueNode() ? oneLine(each.asText()) : each.toString()));
            }
        }
        return joined.toString();
    }

    /** What a terminal would obey, or what turns the direction of a line, is shown as a question mark, whoever let it in. */
    private static String harmless(String text) {
        return text.replaceAll("[\\p{Cc}\\u2028\\u2029\\u202A-\\u202E\\u2066-\\u2069]", "?");
    }

    private static String oneLine(String text) {
        return text.isEmpty() ? "-" : text.replaceAll("\\s*\\R\\s*", " ");
    }
}
