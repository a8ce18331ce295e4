package dev.pocketagent.cli.registry;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pocket plan}. */
@Command(name = "plan", description = "Plans, what tenants may use: list, show, create.", subcommands = {
        PlanCreate.class,
        PlanCommands.ListAll.class, PlanCommands.Show.class, PlanCommands.Versions.class})
public final class PlanCommands extends Group {

    static final String PATH = "/api/v1/plans";

    private static final List<Column> COLUMNS = List.of(Column.text("plan", "/name"), Column.number("v", "/version"),
            Column.number("stacks", "/limits/stacks"), Column.number("cpu m", "/limits/cpuMillis"),
            Column.number("mem MiB", "/limits/memoryMib"), Column.number("disk MiB", "/limits/diskMib"),
            Column.number("vols", "/limits/volumes"), Column.number("keys", "/limits/keys"),
            Column.number("req/min", "/limits/requestsPerMinute"),
            new Column("budget/month", "/limits/monthlyBudgetMicros", Column.Kind.MICROS));

    /** {@code plan list}. */
    @Command(name = "list", aliases = "ls", description = "List the plans and their limits.")
    static final class ListAll implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).list(cli.registry().get(PATH).body(), "There are no plans.", COLUMNS);
            return ExitCode.OK;
        }
    }

    /** {@code plan show}. */
    @Command(name = "show", description = "Show a plan whole, or all plans side by side.")
    static final class Show implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "PLAN[@VERSION]", arity = "0..1", description = "e.g. team for its newest version, team@1 for that one (default: the newest of each)")
        private String plan = "";

        Show(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            Printer printer = output.printer(cli);
            if (!plan.isEmpty()) {
                JsonNode found = cli.registry().get(path(plan)).body();
                printer.one(printer.forPeople() ? MissingTemplates.marked(cli, found) : found);
                return ExitCode.OK;
            }
            JsonNode plans = cli.registry().get(PATH).body();
            if (printer.forPeople()) {
                sideBySide(printer, plans.path("items"));
                Set<String> missing = MissingTemplates.among(cli, plans.path("items"));
                if (!missing.isEmpty()) {
                    cli.terminal().err().println("Templates not installed here: " + String.join(", ", missing)
                            + ". What can be deployed: pocket template list");
                }
            } else {
                printer.document(plans);
            }
            return ExitCode.OK;
        }
    }

    /** {@code plan versions}. */
    @Command(name = "versions", description = "List all versions of a plan.")
    static final class Versions implements Callable<Integer> {

        private static final List<Column> WITH_AGE = withAge();

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "PLAN", description = "e.g. team")
        private String plan = "";

        Versions(Cli cli) {
            this.cli = cli;
        }

        private static List<Column> withAge() {
            var columns = new ArrayList<>(COLUMNS);
            columns.add(2, Column.time("since", "/createdAt"));
            return List.copyOf(columns);
        }

        @Override
        public Integer call() {
            output.printer(cli).list(cli.registry().all(PATH + "/" + Api.encoded(plan) + "/versions", ""),
                    "The plan has no versions.", WITH_AGE);
            return ExitCode.OK;
        }
    }

    /** The address of {@code team} or {@code team@1}. */
    static String path(String plan) {
        int at = plan.indexOf('@');
        if (at < 0) {
            return PATH + "/" + Api.encoded(plan);
        }
        String version = plan.substring(at + 1);
        if (!version.matches("[1-9]\\d{0,8}")) {
            throw CliException.usage("\"" + plan + "\" names no version of a plan", "write for example team@1");
        }
        return PATH + "/" + Api.encoded(plan.substring(0, at)) + "/versions/" + version;
    }

    /** The newest version of a plan; null when there is no such plan. */
    static @Nullable JsonNode newest(JsonNode plans, String name) {
        for (JsonNode each : plans.path("items")) {
            if (Json.text(each, "/name").equals(name)) {
                return each;
            }
        }
        return null;
    }

    private static void sideBySide(Printer printer, JsonNode plans) {
        var columns = new ArrayList<Column>();
        columns.add(Column.text("limit", "/limit"));
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode plan : plans) {
            String name = Json.text(plan, "/name");
            columns.add(new Column(name + "@" + Json.text(plan, "/version"), "/" + name, Column.Kind.LIST));
            plan.path("limits").propertyStream().map(Map.Entry::getKey)
                    .filter(each -> !each.equals("plan") && !each.equals("version")).forEach(names::add);
        }
        ArrayNode rows = Json.array();
        for (String name : names) {
            ObjectNode row = rows.addObject().put("limit", name);
            plans.forEach(plan -> row.set(Json.text(plan, "/name"), plan.path("limits").path(name)));
        }
        printer.table(rows, columns);
    }
}
