package dev.pocketagent.cli.output;

import java.util.Locale;

/** Sizes as people read them: {@code 812 B}, {@code 4.2 KiB}, {@code 31.0 MiB}. */
public final class Sizes {

    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};

    private Sizes() {}

    public static String shown(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double size = bytes / 1024.0;
        int unit = 0;
        while (size >= 1024 && unit < UNITS.length - 1) {
            size /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", Math.floor(size * 10) / 10, UNITS[unit]);
    }
}
