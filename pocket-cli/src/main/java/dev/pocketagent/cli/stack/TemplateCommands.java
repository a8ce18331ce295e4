package dev.pocketagent.cli.stack;

import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
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

/** {@code pocket template}. */
@Command(name = "template", description = "Templates of stacks: list, show.", subcommands = {
        TemplateCommands.ListAll.class,
        TemplateCommands.Show.class})
public final class TemplateCommands extends Group {

    private static final String PATH = "/api/v1/templates";

    /** {@code template list}. */
    @Command(name = "list", aliases = "ls", description = "List what can be deployed.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("template", "/name"),
                Column.text("version", "/version"),
                Column.text("title", "/title"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode answer = cli.provisioner().get(PATH).body();
            JsonNode page = answer.isArray() ? Json.object().set("items", answer) : answer;
            output.printer(cli).list(page, "There are no templates.", COLUMNS);
            return ExitCode.OK;
        }
    }

    /** {@code template show}. */
    @Command(name = "show", description = "Show a template and its parameters.")
    static final class Show implements Callable<Integer> {

        private static final List<Column> EXCEPTIONS = List.of(Column.text("exempt from", "/rule"),
                Column.text("service", "/service"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "TEMPLATE", description = "name")
        private String template = "";

        Show(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode found = cli.provisioner().get(PATH + "/" + Api.encoded(template)).body();
            Printer printer = output.printer(cli);
            if (!printer.forPeople()) {
                printer.document(found);
                return ExitCode.OK;
            }
            printer.text(Json.text(found, "/name") + ", version " + Json.text(found, "/version") + ": "
                    + Json.text(found, "/title"));
            printer.text(Json.text(found, "/description"));
            cli.terminal().out().println();
            printer.table(TemplateParameters.rows(found.path("parameters")), TemplateParameters.COLUMNS,
                    TemplateParameters.PURPOSE);
            if (!found.path("exceptions").isEmpty()) {
                cli.terminal().out().println();
                printer.table(found.path("exceptions"), EXCEPTIONS, Column.text("because", "/reason"));
            }
            return ExitCode.OK;
        }
    }
}
