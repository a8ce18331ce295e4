package dev.pocketagent.cli.command;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;

import dev.pocketagent.cli.output.Durations;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How options of our own types are read, the same in every command. */
public final class Converters {

    private Converters() {}

    /** Teaches a command line, with all its commands, durations and moments. */
    public static void register(CommandLine line, Clock clock) {
        line.registerConverter(Duration.class, Converters::duration);
        line.registerConverter(Instant.class, text -> moment(text, clock));
    }

    static Duration duration(String text) {
        try {
            return Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** How long to wait: a duration, or a bare number of seconds. */
    public static final class Timeout implements ITypeConverter<Duration> {

        @Override
        public Duration convert(String text) {
            return duration(text.matches("[0-9]{1,9}") ? text + "s" : text);
        }
    }

    /** {@code 2026-11-21}, {@code 2026-11-21T10:15:30Z}, or how long ago: {@code 24h}. Dates begin at 0:00 UTC. */
    static Instant moment(String text, Clock clock) {
        try {
            return text.contains("T")
                    ? Instant.parse(text)
                    : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
        } catch (DateTimeParseException _) {
            // perhaps a duration
        }
        try {
            return clock.instant().minus(Durations.parse(text));
        } catch (IllegalArgumentException _) {
            throw new TypeConversionException("\"" + text
                    + "\" is no moment: write a date (2026-11-21), a time in UTC (2026-11-21T10:15:30Z), or how long ago (24h, 7d)");
        }
    }
}
