package dev.pocketagent.cli.command;

import dev.pocketagent.cli.output.Format;
import dev.pocketagent.cli.output.Printer;
import picocli.CommandLine.Option;

/** {@code -o}: mixed into every command that shows something. */
public final class OutputOption {

    @Option(names = {"-o",
            "--output"}, paramLabel = "FORMAT", defaultValue = "table", description = "${COMPLETION-CANDIDATES} (default: table)")
    private Format format = Format.table;

    public Format format() {
        return format;
    }

    public Printer printer(Cli cli) {
        return new Printer(cli.terminal(), format);
    }
}
