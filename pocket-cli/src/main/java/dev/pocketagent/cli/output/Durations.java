package dev.pocketagent.cli.output;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people read them ({@code 31 ms}, {@code 4.2 s}, {@code 3 min 5 s}, {@code 2 d 4 h}) and write them ({@code 24h}). */
public final class Durations {

    private static final Pattern PIECE = Pattern.compile("\\G\\s*(\\d{1,9})\\s*(ms|s|min|m|h|d|w)\\s*");
    /** More than anything here lasts, and far from where arithmetic on instants ends. */
    private static final Duration LONGEST = Duration.ofDays(36_525);

    private Durations() {}

    /**
     * Reads {@code 30s}, {@code 15m}, {@code 24h}, {@code 30d}, {@code 2w}, {@code 1d12h}, and {@code 0}.
     *
     * @throws IllegalArgumentException when it is none of these, or above 100 years; the message is for people
     */
    public static Duration parse(String text) {
        if (text.strip().equals("0")) {
            return Duration.ZERO;
        }
        Duration sum = Duration.ZERO;
        Matcher piece = PIECE.matcher(text);
        int end = 0;
        while (piece.find()) {
            long number = Long.parseLong(piece.group(1));
            sum = sum.plus(switch (piece.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "min", "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                case "d" -> Duration.ofDays(number);
                default -> Duration.ofDays(7 * number);
            });
            end = piece.end();
        }
        if (end == 0 || end < text.length()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no duration: write for example 30s, 15m, 24h, 30d or 2w");
        }
        if (sum.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("\"" + text + "\" is longer than 100 years");
        }
        return sum;
    }

    public static String shown(Duration duration) {
        long millis = Math.max(0, duration.toMillis());
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return String.format(Locale.ROOT, "%.1f s", Math.floor(millis / 100.0) / 10);
        }
        long seconds = millis / 1000;
        if (seconds < 3600) {
            return seconds / 60 + " min " + seconds % 60 + " s";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + " h " + seconds / 60 % 60 + " min";
        }
        return seconds / 86_400 + " d " + seconds / 3600 % 24 + " h";
    }
}
