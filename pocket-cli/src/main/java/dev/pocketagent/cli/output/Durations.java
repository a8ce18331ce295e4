package dev.pocketagent.cli.output;

import java.time.Duration;
import java.util.Locale;

/** Durations as people read them: {@code 31 ms}, {@code 4.2 s}, {@code 3 min 5 s}, {@code 2 d 4 h}. */
public final class Durations {

    private Durations() {}

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
