package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pocket pocketbase}. */
@Command(name = "pocketbase", description = "The bridge to PocketBase: status, sync, report.", subcommands = {
        PocketBaseCommands.Report.class, PocketBaseCommands.Status.class, PocketBaseCommands.Sync.class})
public final class PocketBaseCommands extends Group {

    private static final String PATH = "/api/v1/pocketbase";
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final List<Column> LINES = List.of(Column.text("kind", "/kind"),
            new Column("done", "/done", Column.Kind.FLAG), Column.text("record", "/recordId"),
            Column.text("tenant", "/slug"), Column.text("field", "/field"), Column.text("from", "/from"),
            Column.text("to", "/to"), Column.text("reason", "/reason"));

    /** {@code pocketbase status}. */
    @Command(name = "status", description = "Show whether the bridge is set up, and how its last run went.")
    static final class Status implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        Status(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).one(cli.registry().get(PATH).body());
            return ExitCode.OK;
        }
    }

    /** {@code pocketbase sync}. */
    @Command(name = "sync", description = "Bring tenants and PocketBase in line now (exit code 1 if not all of it worked).")
    static final class Sync implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Option(names = "--dry-run", description = "only report what would be done, and change nothing on either side")
        private boolean dryRun;

        Sync(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode report;
            try (Progress progress = Progress.on(cli.terminal())) {
                Progress.Row row = progress.row("pocketbase");
                row.working(dryRun ? "comparing" : "syncing");
                report = cli.registry().patient(PATIENCE).post(PATH + "/sync", Json.object().put("dryRun", dryRun))
                        .body();
                if (isWhole(report)) {
                    row.done(dryRun ? "compared, nothing changed" : "synced");
                } else {
                    row.failed(Json.text(report, "/outcome"));
                }
            }
            show(cli, output.printer(cli), report);
            return isWhole(report) ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    /** {@code pocketbase report}. */
    @Command(name = "report", description = "Show what the last run found and did.")
    static final class Report implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        Report(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            show(cli, output.printer(cli), cli.registry().get(PATH + "/report").body());
            return ExitCode.OK;
        }
    }

    private static boolean isWhole(JsonNode report) {
        return Json.text(report, "/outcome").equals("completed");
    }

    private static void show(Cli cli, Printer printer, JsonNode report) {
        if (!printer.forPeople()) {
            printer.document(report);
            return;
        }
        ObjectNode head = report.deepCopy();
        head.remove(List.of("lines", "truncated"));
        printer.one(head);
        if (!report.path("lines").isEmpty()) {
            cli.terminal().out().println();
            printer.table(report.path("lines"), LINES);
        }
        if (report.path("truncated").asBoolean()) {
            cli.terminal().err().println("There are more lines than a report holds.");
        }
    }
}
