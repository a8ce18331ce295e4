package dev.pocketagent.cli.command;

import java.util.List;

/** A failure that we can explain. */
public final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final String cure;
    private final transient List<String> context;

    /**
     * @param exitCode one of {@link ExitCode}
     * @param message what went wrong, one sentence
     * @param cure what to do next; may be empty
     */
    public CliException(int exitCode, String message, String cure) {
        this(exitCode, message, cure, List.of());
    }

    /** @param context lines to show between the two, such as the end of a log */
    public CliException(int exitCode, String message, String cure, List<String> context) {
        super(message);
        this.exitCode = exitCode;
        this.cure = cure;
        this.context = List.copyOf(context);
    }

    public static CliException failed(String message, String cure) {
        return new CliException(ExitCode.FAILED, message, cure);
    }

    public static CliException usage(String message, String cure) {
        return new CliException(ExitCode.USAGE, message, cure);
    }

    public int exitCode() {
        return exitCode;
    }

    public String message() {
        return String.valueOf(getMessage());
    }

    public String cure() {
        return cure;
    }

    public List<String> context() {
        return context;
    }
}
