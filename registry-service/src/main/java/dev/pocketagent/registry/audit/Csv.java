package dev.pocketagent.registry.audit;

import org.jspecify.annotations.Nullable;

/**
 * CSV as RFC 4180 has it: cells parted by commas, lines by CR LF, quotes doubled. A text that a spreadsheet would take for a
 * formula gets an apostrophe in front, as OWASP advises: a name that somebody typed must not run on an auditor's desk.
 */
final class Csv {

    private static final String FORMULA = "=+-@\t\r";

    private final StringBuilder text = new StringBuilder();
    private boolean lineIsEmpty = true;

    /** A cell that may hold anything. */
    Csv text(@Nullable String value) {
        if (value == null || value.isEmpty()) {
            return cell("");
        }
        return cell(FORMULA.indexOf(value.charAt(0)) >= 0 ? "'" + value : value);
    }

    /** A cell with a number. */
    Csv number(long value) {
        return cell(Long.toString(value));
    }

    Csv endLine() {
        text.append("\r\n");
        lineIsEmpty = true;
        return this;
    }

    /** All lines since the last call. */
    String take() {
        String taken = text.toString();
        text.setLength(0);
        return taken;
    }

    private Csv cell(String value) {
        if (!lineIsEmpty) {
            text.append(',');
        }
        lineIsEmpty = false;
        if (value.indexOf(',') < 0 && value.indexOf('"') < 0 && value.indexOf('\n') < 0 && value.indexOf('\r') < 0) {
            text.append(value);
        } else {
            text.append('"').append(value.replace("\"", "\"\"")).append('"');
        }
        return this;
    }
}
