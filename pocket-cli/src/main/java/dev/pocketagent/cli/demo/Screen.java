package dev.pocketagent.cli.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Prose;
import dev.pocketagent.cli.output.Terminal;
import dev.pocketagent.cli.output.Terminal.Style;

/**
 * Tells the steps to a person, within the terminal's width. A quick step is one line with its time and a few lines below;
 * a live one shows its title first and its time at its end.
 */
final class Screen {

    private static final int INDENT = 7;
    private static final int MAX_COLUMNS = 100;

    private final Terminal terminal;
    private final PrintStream out;
    private final int columns;
    private final int steps;
    private final List<String> held = new ArrayList<>();
    private String title = "";
    private boolean live;
    private int column;
    private boolean blank;

    Screen(Terminal terminal, int steps) {
        this.terminal = terminal;
        this.out = terminal.out();
        this.columns = Math.min(terminal.columns(), MAX_COLUMNS);
        this.steps = steps;
    }

    void begin(int number, String text, boolean isLive) {
        title = String.format("%2d/%d  %s", number, steps, text);
        live = isLive;
        held.clear();
        column = 0;
        if (live) {
            out.println(terminal.out(Style.BOLD, title));
        } else if (terminal.outIsTerminal()) {
            out.print(terminal.out(Style.BOLD, title) + terminal.out(Style.DIM, " ..."));
            out.flush();
        }
    }

    /** A line below the title. */
    void detail(String line) {
        if (live) {
            freshLine();
            printDetail(line);
        } else {
            held.add(line);
        }
    }

    /** A piece of a text that comes bit by bit; broken at blanks when the line is full. */
    void token(String text) {
        for (String piece : text.split("(?<=\\s)|(?=\\s)")) {
            if (piece.equals("\n")) {
                freshLine();
            } else if (piece.isBlank()) {
                // Shown with the next word: it may be the end of a line.
                blank = column > 0;
            } else {
                if (column > 0 && column + piece.length() + (blank ? 1 : 0) > columns) {
                    freshLine();
                }
                if (column == 0) {
                    out.print(" ".repeat(INDENT) + terminal.out(Style.CYAN, terminal.symbol("│ ", "| ")));
                    column = INDENT + 2;
                } else if (blank) {
                    out.print(' ');
                    column++;
                }
                out.print(piece);
                column += piece.length();
                blank = false;
            }
        }
        out.flush();
    }

    void end(boolean ok, Duration took) {
        String time = Durations.shown(took);
        String mark = ok
                ? terminal.out(Style.GREEN, terminal.okSymbol())
                : terminal.out(Style.RED, terminal.failedSymbol());
        if (live) {
            freshLine();
            out.println(" ".repeat(INDENT) + mark + " " + terminal.out(Style.DIM, time));
            return;
        }
        int markWidth = (ok ? terminal.okSymbol() : terminal.failedSymbol()).length();
        int dots = columns - title.length() - time.length() - markWidth - 3;
        out.println((terminal.outIsTerminal() ? "\r\u001b[2K" : "") + terminal.out(Style.BOLD, title) + " "
                + terminal.out(Style.DIM, ".".repeat(Math.max(1, dots)) + " " + time) + " " + mark);
        held.forEach(this::printDetail);
    }

    private void printDetail(String line) {
        Prose.wrap(line, Math.max(20, columns - INDENT)).forEach(each -> out.println(" ".repeat(INDENT) + each));
    }

    private void freshLine() {
        blank = false;
        if (column > 0) {
            out.println();
            column = 0;
        }
    }

    void heading(String text) {
        out.println();
        out.println(terminal.out(Style.BOLD, text));
    }

    /** A name and what it stands for; never cut, so that it can be copied. */
    void fact(String name, String value) {
        out.println("  " + terminal.out(Style.CYAN, String.format("%-13s", name)) + " " + value);
    }

    void line(String text) {
        out.println(text);
    }
}
