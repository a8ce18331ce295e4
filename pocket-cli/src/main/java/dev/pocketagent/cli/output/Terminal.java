package dev.pocketagent.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/**
 * Where output goes and what may be shown there. Data goes to {@link #out()}, everything said to a person while a
 * command works goes to {@link #err()}. Both write UTF-8, whatever the locale: what we pass on (JSON, model answers) is
 * UTF-8; only our own decorations fall back to ASCII.
 */
public final class Terminal {

    /** How a piece of text is shown; nothing happens where colours are not wanted. */
    public enum Style {
        BOLD("1"), DIM("2"), RED("31"), GREEN("32"), YELLOW("33"), CYAN("36");

        private final String code;

        Style(String code) {
            this.code = code;
        }
    }

    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 40;

    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean outTty;
    private final boolean errTty;
    private final boolean colours;
    private final boolean unicode;
    private final int columns;

    private Terminal(InputStream in, OutputStream out, OutputStream err, boolean outTty, boolean errTty,
            boolean colours, boolean unicode, int columns) {
        this.in = in;
        this.out = new PrintStream(out, true, StandardCharsets.UTF_8);
        this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
        this.outTty = outTty;
        this.errTty = errTty;
        this.colours = colours;
        this.unicode = unicode;
        this.columns = columns;
    }

    /**
     * The process's own streams. The launcher script knows best which of them is a terminal, and how wide it is:
     * {@code pocket.tty} holds {@code out} and {@code err}, {@code pocket.columns} the width.
     */
    public static Terminal system(Map<String, String> env, Properties properties) {
        String tty = properties.getProperty("pocket.tty", "");
        boolean colours = env.getOrDefault("NO_COLOR", "").isEmpty() && !"dumb".equals(env.get("TERM"));
        boolean unicode = properties.getProperty("native.encoding", "").toUpperCase(Locale.ROOT).startsWith("UTF");
        return new Terminal(System.in, new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                tty.contains("out"), tty.contains("err"), colours, unicode,
                columns(properties.getProperty("pocket.columns", "")));
    }

    /** A terminal that writes elsewhere: for tests, and for running a command inside another. */
    public static Terminal of(OutputStream out, OutputStream err, boolean tty, boolean colours, int columns) {
        return new Terminal(InputStream.nullInputStream(), out, err, tty, tty, colours, true, columns);
    }

    /** The same terminal with its data stream thrown away, for output that only matters to a person. */
    public Terminal withoutOut() {
        return new Terminal(in, OutputStream.nullOutputStream(), err, false, errTty, colours, unicode, columns);
    }

    /** The same terminal with its data stream sent to people instead, for tables that are not the result. */
    public Terminal toPeople() {
        return new Terminal(in, err, err, errTty, errTty, colours, unicode, columns);
    }

    /** The same terminal with nothing shown at all. */
    public Terminal silent() {
        return new Terminal(in, OutputStream.nullOutputStream(), OutputStream.nullOutputStream(), false, false, colours,
                unicode, columns);
    }

    /** The same terminal with somebody else's answers to its questions. */
    public Terminal answeredBy(InputStream answers) {
        return new Terminal(answers, out, err, outTty, errTty, colours, unicode, columns);
    }

    private static int columns(String text) {
        try {
            int columns = Integer.parseInt(text.strip());
            return columns <= 0 ? DEFAULT_COLUMNS : Math.max(MIN_COLUMNS, columns);
        } catch (NumberFormatException _) {
            return DEFAULT_COLUMNS;
        }
    }

    /** Where a person's answers come from. */
    public InputStream in() {
        return in;
    }

    public PrintStream out() {
        return out;
    }

    public PrintStream err() {
        return err;
    }

    public boolean outIsTerminal() {
        return outTty;
    }

    public boolean errIsTerminal() {
        return errTty;
    }

    /** Width in characters; 80 where unknown. */
    public int columns() {
        return columns;
    }

    /** {@code text} styled for {@link #out()}. */
    public String out(Style style, String text) {
        return styled(outTty, style, text);
    }

    /** {@code text} styled for {@link #err()}. */
    public String err(Style style, String text) {
        return styled(errTty, style, text);
    }

    private String styled(boolean tty, Style style, String text) {
        return tty && colours && !text.isEmpty() ? "\u001b[" + style.code + "m" + text + "\u001b[0m" : text;
    }

    /** {@code fancy} where the locale can show it, else {@code plain}. */
    public String symbol(String fancy, String plain) {
        return unicode ? fancy : plain;
    }

    public String okSymbol() {
        return symbol("✓", "ok");
    }

    public String failedSymbol() {
        return symbol("✗", "FAILED");
    }
}
