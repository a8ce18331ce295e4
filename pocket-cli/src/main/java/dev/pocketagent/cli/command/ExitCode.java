package dev.pocketagent.cli.command;

/** What the process says to a script. The list is shown by {@code pocket --help} and does not change between releases. */
public final class ExitCode {

    public static final int OK = 0;
    /** The work was begun and failed. */
    public static final int FAILED = 1;
    /** The command line is wrong. */
    public static final int USAGE = 2;
    /** Nobody answers: the suite is down, or the address is wrong. */
    public static final int UNREACHABLE = 3;
    /** A service refused: key, rights, state, quota or input. */
    public static final int REFUSED = 4;
    /** What was named does not exist, or is not yours. */
    public static final int NOT_FOUND = 5;
    /** Ctrl-C. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
