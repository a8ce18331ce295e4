package dev.pocketagent.cli.stack;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.Converters;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.Operations;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket operation}. */
@Command(name = "operation", aliases = "op", description = "Operations, the services' long work: show, watch.", subcommands = {
        OperationCommands.Show.class, OperationCommands.Watch.class})
public final class OperationCommands extends Group {

    private static final List<Column> STEPS = List.of(Column.text("step", "/name"), Column.text("state", "/state"),
            Column.time("started", "/startedAt"), Column.time("ended", "/endedAt"), Column.text("message", "/message"));

    /** Ids are unique over all services, so the one that knows it is the right one. */
    private static Api owner(Cli cli, String id) {
        try {
            cli.provisioner().get("/api/v1/operations/" + Api.encoded(id));
            return cli.provisioner();
        } catch (ApiException e) {
            if (e.status() == 404 || e.status() == 400) {
                return cli.sync();
            }
            throw e;
        }
    }

    /** {@code operation show}. */
    @Command(name = "show", description = "Show an operation and its steps.")
    static final class Show implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "OPERATION", description = "id, as deploy, delete and sync tell it")
        private String id = "";

        Show(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            show(cli, output.printer(cli), owner(cli, id).get("/api/v1/operations/" + Api.encoded(id)).body());
            return ExitCode.OK;
        }
    }

    /** {@code operation watch}. */
    @Command(name = "watch", description = "Follow an operation to its end (exit code 1 if it fails).")
    static final class Watch implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "OPERATION", description = "id, as deploy, delete and sync tell it")
        private String id = "";

        @Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "1h", converter = Converters.Timeout.class, description = "how long to wait (default: 1h)")
        private Duration timeout = Duration.ofHours(1);

        Watch(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode ended;
            try (Progress progress = Progress.on(cli.terminal())) {
                ended = Operations.await(owner(cli, id), id, timeout, progress);
            }
            show(cli, output.printer(cli), ended);
            return Operations.hasSucceeded(ended) ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    private static void show(Cli cli, Printer printer, JsonNode operation) {
        if (!printer.forPeople()) {
            printer.document(operation);
            return;
        }
        cli.terminal().out().println(Json.text(operation, "/kind") + " " + Json.text(operation, "/id") + ": "
                + Json.text(operation, "/state"));
        if (!operation.path("steps").isEmpty()) {
            printer.table(operation.path("steps"), STEPS);
        }
        String error = operation.path("error").isTextual()
                ? operation.path("error").asText()
                : Json.text(operation, "/error/detail");
        if (!error.isEmpty()) {
            cli.terminal().out().println("error: " + error);
        }
    }
}
