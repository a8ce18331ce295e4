package dev.pocketagent.cli.registry;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.FileOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code audit heads}. */
@Command(name = "heads", description = "Show or note the last row of every chain.", footer = {"",
        "A chain whose end was cut off is whole in itself: only a head that was noted elsewhere gives it away. Note them often, keep them on another machine, and check against them: pocket audit verify --heads FILE"})
public final class AuditHeads implements Callable<Integer> {

    private static final String HEADS = AuditCommands.PATH + "/heads";
    private static final int TOLD_EVERY = 10_000;

    private static final List<Column> COLUMNS = List.of(Column.text("tenant", "/tenantId"),
            Column.number("seq", "/seq"), Column.text("hash", "/hash"));

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Mixin
    private FileOption file = new FileOption();

    AuditHeads(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Path target = file.file();
        if (target == null) {
            output.printer(cli).list(cli.registry().all(HEADS, ""), "Nothing was recorded yet.", COLUMNS);
            return ExitCode.OK;
        }
        file.requireRoom(target);
        var noted = new HeadFile();
        Instant begin = cli.clock().instant();
        try (Progress progress = Progress.on(cli.terminal())) {
            Progress.Row row = progress.row("heads");
            cli.registry().pages(HEADS, "", Integer.MAX_VALUE, head -> {
                noted.add(head);
                if (noted.count() % TOLD_EVERY == 0) {
                    row.working(noted.count() + " read");
                }
            });
        }
        file.write(target, stream -> noted.writeTo(stream, begin), _ -> {
        });
        cli.terminal().out().println(target + ": " + noted.count() + " heads");
        return ExitCode.OK;
    }
}
