package dev.pocketagent.cli.output;

import java.time.Duration;
import java.util.function.LongConsumer;

/** Tells a row of a progress how many bytes have come: often on a terminal, seldom in a log. */
public final class Transfer implements LongConsumer {

    private static final Duration ON_TERMINAL = Duration.ofMillis(200);
    private static final Duration IN_LOG = Duration.ofSeconds(5);

    private final Progress.Row row;
    private final long pauseNanos;
    private final long begin = System.nanoTime();
    private long last = begin;
    private long bytes;

    public Transfer(Terminal terminal, Progress.Row row) {
        this.row = row;
        this.pauseNanos = (terminal.errIsTerminal() ? ON_TERMINAL : IN_LOG).toNanos();
    }

    @Override
    public void accept(long total) {
        bytes = total;
        long now = System.nanoTime();
        if (now - last >= pauseNanos) {
            last = now;
            row.working(Sizes.shown(total));
        }
    }

    /** How much came, and in what time. */
    public String result() {
        return Sizes.shown(bytes) + " in " + Durations.shown(Duration.ofNanos(System.nanoTime() - begin));
    }
}
