package dev.pocketagent.router.usage;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

/**
 * A row as one line of the journal: checksum, format number and fields, separated by tabs. A line that was torn by a
 * power cut does not match its checksum and is passed over.
 */
final class UsageLine {

    private static final String FORMAT = "1";
    private static final int FIELDS = 15;

    private UsageLine() {}

    static String write(UsageRow row) {
        var line = new StringBuilder(280);
        line.append(FORMAT).append('\t').append(row.id()).append('\t').append(row.at()).append('\t')
                .append(row.tenantId()).append('\t').append(row.keyId()).append('\t');
        escape(line, row.requestId());
        line.append('\t');
        escape(line, row.model());
        line.append('\t');
        escape(line, row.provider());
        line.append('\t').append(row.inputTokens()).append('\t').append(row.outputTokens()).append('\t')
                .append(row.costMicros()).append('\t').append(row.source()).append('\t').append(row.status())
                .append('\t').append(row.durationMs()).append('\t').append(row.streamed());
        return checksum(line.toString()) + '\t' + line + '\n';
    }

    /** @return null for a line that is not whole */
    static @Nullable UsageRow read(String line) {
        int tab = line.indexOf('\t');
        if (tab < 0 || !checksum(line.substring(tab + 1)).equals(line.substring(0, tab))) {
            return null;
        }
        var fields = line.substring(tab + 1).split("\t", -1);
        if (fields.length != FIELDS || !FORMAT.equals(fields[0])) {
            return null;
        }
        return new UsageRow(UUID.fromString(fields[1]), Instant.parse(fields[2]), UUID.fromString(fields[3]),
                UUID.fromString(fields[4]), unescape(fields[5]), unescape(fields[6]), unescape(fields[7]),
                Long.parseLong(fields[8]), Long.parseLong(fields[9]), Long.parseLong(fields[10]),
                UsageRow.Source.valueOf(fields[11]), UsageRow.Status.valueOf(fields[12]), Long.parseLong(fields[13]),
                Boolean.parseBoolean(fields[14]));
    }

    private static String checksum(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    private static void escape(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> line.append("\\\\");
                case '\t' -> line.append("\\t");
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                default -> line.append(c);
            }
        }
    }

    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        var plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                c = switch (text.charAt(++i)) {
                    case 't' -> '\t';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    default -> '\\';
                };
            }
            plain.append(c);
        }
        return plain.toString();
    }
}
