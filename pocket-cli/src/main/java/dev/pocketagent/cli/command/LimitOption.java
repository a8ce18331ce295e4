package dev.pocketagent.cli.command;

import picocli.CommandLine.Option;

/** {@code --limit}: how many items of a list are fetched, over as many pages as that takes. */
public final class LimitOption {

    @Option(names = "--limit", paramLabel = "N", defaultValue = "100", description = "at most so many (default: 100)")
    private int limit = 100;

    public int limit() {
        if (limit < 1) {
            throw CliException.usage("--limit must be 1 or more, and is " + limit, "");
        }
        return limit;
    }
}
