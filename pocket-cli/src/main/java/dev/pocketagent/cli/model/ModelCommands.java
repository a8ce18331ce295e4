package dev.pocketagent.cli.model;

import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pocket model}. */
@Command(name = "model", description = "Models that can be asked: list.", subcommands = ModelCommands.ListAll.class)
public final class ModelCommands extends Group {

    private static final String PATH = "/api/v1/models";
    private static final String AUTO = "pocket/auto";

    /** {@code model list}. */
    @Command(name = "list", aliases = "ls", description = "List the models with their prices, and what pocket/auto stands for now.", footer = {
            "", "Prices are for a million tokens. A model is also known as PROVIDER/MODEL."})
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(new Column("model", "/id", Column.Kind.ID),
                Column.text("provider", "/provider"),
                new Column("in/1M", "/inputMicrosPerMillion", Column.Kind.MICROS),
                new Column("out/1M", "/outputMicrosPerMillion", Column.Kind.MICROS),
                Column.number("context", "/contextWindow"), Column.text("state", "/state"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private WatchOption watch = new WatchOption();

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws InterruptedException {
            return watch.run(cli.terminal(), () -> {
                JsonNode overview = cli.router().get(PATH).body();
                Printer printer = output.printer(cli);
                if (printer.forPeople()) {
                    printer.table(rows(overview), COLUMNS);
                } else {
                    printer.document(overview);
                }
                return ExitCode.OK;
            });
        }

        /** The alias first, as it is what most ask for, then what there is. */
        private static ArrayNode rows(JsonNode overview) {
            ArrayNode rows = Json.array();
            if (!overview.at("/auto/order").isEmpty()) {
                String picks = Json.text(overview, "/auto/picks");
                rows.addObject().put("id", AUTO).put("provider", "pocket").put("state",
                        picks.isEmpty() ? "nothing to pick: see -o json" : "picks " + picks);
            }
            for (JsonNode model : overview.path("items")) {
                ObjectNode row = model.deepCopy();
                rows.add(row.put("state", !model.path("allowed").asBoolean()
                        ? "not in the plan"
                        : model.path("healthy").asBoolean() ? "ok" : "failing"));
            }
            return rows;
        }
    }
}
