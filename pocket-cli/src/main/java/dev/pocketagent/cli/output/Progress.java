package dev.pocketagent.cli.output;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.cli.output.Terminal.Style;

/**
 * Rows that change while work goes on, on standard error: redrawn in place on a terminal, one plain line per change
 * elsewhere. May be used from several threads.
 */
public final class Progress implements AutoCloseable {

    private static final String[] FRAMES = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    private static final String[] PLAIN_FRAMES = {"|", "/", "-", "\\"};
    private static final long FRAME_MILLIS = 120;

    private enum State {
        WORKING, DONE, FAILED
    }

    private final Terminal terminal;
    private final PrintStream err;
    private final List<Row> rows = new ArrayList<>();
    private final Thread painter;
    private int painted;
    private int frame;
    private boolean closed;

    private Progress(Terminal terminal) {
        this.terminal = terminal;
        this.err = terminal.err();
        this.painter = Thread.ofVirtual().unstarted(this::paintRegularly);
    }

    public static Progress on(Terminal terminal) {
        var progress = new Progress(terminal);
        if (terminal.errIsTerminal()) {
            progress.painter.start();
        }
        return progress;
    }

    /** Adds a row; nothing is shown before its first state. */
    public synchronized Row row(String label) {
        var row = new Row(label);
        rows.add(row);
        return row;
    }

    /** Draws the last state and stops; the rows stay on the screen. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            if (terminal.errIsTerminal()) {
                paint();
            }
        }
        painter.interrupt();
    }

    private void paintRegularly() {
        try {
            while (true) {
                Thread.sleep(FRAME_MILLIS);
                synchronized (this) {
                    if (closed) {
                        return;
                    }
                    frame++;
                    paint();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void paint() {
        var screen = new StringBuilder();
        if (painted > 0) {
            screen.append("\u001b[").append(painted).append('A');
        }
        painted = 0;
        int label = rows.stream().filter(row -> row.state != null).mapToInt(row -> row.label.length()).max().orElse(0);
        for (Row row : rows) {
            if (row.state != null) {
                screen.append("\u001b[2K").append(row.line(label)).append('\n');
                painted++;
            }
        }
        err.print(screen);
        err.flush();
    }

    /** One thing in progress. */
    public final class Row {

        private final String label;
        private final long startedNanos = System.nanoTime();
        private @Nullable State state;
        private String text = "";

        private Row(String label) {
            this.label = label;
        }

        /** @param now what happens now, in a few words */
        public void working(String now) {
            change(State.WORKING, now);
        }

        public void done(String result) {
            change(State.DONE, result);
        }

        public void failed(String reason) {
            change(State.FAILED, reason);
        }

        private void change(State to, String with) {
            synchronized (Progress.this) {
                if (closed || state == to && text.equals(with)) {
                    return;
                }
                state = to;
                text = with;
                if (!terminal.errIsTerminal()) {
                    err.println(plainLine());
                }
            }
        }

        private String plainLine() {
            return label + ": " + switch (state) {
                case WORKING -> text + " ...";
                case DONE -> text;
                case FAILED -> "FAILED: " + text;
                case null -> "";
            };
        }

        private String line(int labelWidth) {
            String[] frames = terminal.symbol("u", "").isEmpty() ? PLAIN_FRAMES : FRAMES;
            String mark = switch (state) {
                case DONE -> terminal.err(Style.GREEN, terminal.okSymbol());
                case FAILED -> terminal.err(Style.RED, terminal.failedSymbol());
                case WORKING -> terminal.err(Style.CYAN, frames[frame % frames.length]);
                case null -> " ";
            };
            long waited = System.nanoTime() - startedNanos;
            String seconds = state == State.WORKING && waited > 1_000_000_000L
                    ? "  " + Durations.shown(Duration.ofNanos(waited))
                    : "";
            String padded = label + " ".repeat(Math.max(0, labelWidth - label.length()));
            int room = Math.max(8, terminal.columns() - padded.length() - seconds.length() - 8);
            return " " + mark + " " + padded + "  " + Table.fit(text, room) + terminal.err(Style.DIM, seconds);
        }
    }
}
