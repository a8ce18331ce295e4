package dev.pocketagent.cli.registry;

import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pocket plan}. */
@Command(name = "plan", description = "Plans: list.", subcommands = PlanCommands.ListAll.class)
public final class PlanCommands extends Group {

    /** {@code plan list}. */
    @Command(name = "list", aliases = "ls", description = "List the plans and their limits.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("plan", "/name"),
                Column.number("v", "/version"),
                Column.number("stacks", "/limits/stacks"), Column.number("cpu m", "/limits/cpuMillis"),
                Column.number("mem MiB", "/limits/memoryMib"), Column.number("disk MiB", "/limits/diskMib"),
                Column.number("req/min", "/limits/requestsPerMinute"),
                new Column("budget/month", "/limits/monthlyBudgetMicros", Column.Kind.MICROS));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode answer = cli.registry().get("/api/v1/plans").body();
            JsonNode page = answer.isArray() ? Json.object().set("items", answer) : answer;
            output.printer(cli).list(page, "There are no plans.", COLUMNS);
            return ExitCode.OK;
        }
    }
}
