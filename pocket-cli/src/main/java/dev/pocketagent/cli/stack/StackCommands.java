package dev.pocketagent.cli.stack;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.Confirmation;
import dev.pocketagent.cli.command.Converters;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.Operations;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantColumn;
import dev.pocketagent.cli.command.TenantFilter;
import dev.pocketagent.cli.command.TenantOption;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.Reply;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Progress;
import dev.pocketagent.cli.output.Terminal;
import dev.pocketagent.cli.output.Terminal.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket stack}. */
@Command(name = "stack", description = "Agent stacks: plan, deploy, list, show, logs, delete.", subcommands = {
        StackCommands.Plan.class,
        StackCommands.Deploy.class, StackCommands.ListAll.class, StackCommands.Show.class, StackCommands.Logs.class,
        StackCommands.Delete.class})
public final class StackCommands extends Group {

    static final String PATH = "/api/v1/stacks";

    private static final List<Column> CHANGES = List.of(Column.text("action", "/action"), Column.text("kind", "/kind"),
            Column.text("name", "/name"), Column.text("detail", "/detail"));

    /** What a stack is to be: the same for plan and deploy. */
    static final class Wanted {

        @Mixin
        private TenantOption tenant = new TenantOption();

        @Parameters(paramLabel = "NAME", description = "name of the stack, unique in its tenant")
        private String name = "";

        @Option(names = "--template", paramLabel = "TEMPLATE", required = true, description = "what to deploy; see pocket template list")
        private String template = "";

        @Option(names = {"-p",
                "--param"}, paramLabel = "NAME=VALUE", description = "parameter of the template; may be repeated")
        private Map<String, String> parameters = new LinkedHashMap<>();

        @Option(names = "--backend", paramLabel = "BACKEND", description = "engine or bundle (default: what the machine has)")
        private String backend = "";

        ObjectNode body(Cli cli) {
            ObjectNode body = Json.object();
            tenant.into(cli, body);
            body.put("name", name).put("template", template);
            ObjectNode values = body.putObject("parameters");
            parameters.forEach((key, value) -> values.set(key, typed(value)));
            if (!backend.isEmpty()) {
                body.put("backend", backend);
            }
            return body;
        }
    }

    /** Numbers and booleans as such, all else as text: {@code memoryMib=512} is a number, {@code "512"} in quotes a text. */
    static JsonNode typed(String value) {
        if (value.equals("true") || value.equals("false")) {
            return Json.read(value);
        }
        if (value.matches("-?(0|[1-9]\\d{0,17})")) {
            return Json.read(value);
        }
        boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return Json.object().put("v", quoted ? value.substring(1, value.length() - 1) : value).path("v");
    }

    /** Finds a stack by id or by name. */
    static JsonNode find(Cli cli, TenantOption tenant, String idOrName) {
        if (Cli.isId(idOrName)) {
            return cli.provisioner().get(PATH + "/" + idOrName).body();
        }
        return tenant.named(idOrName, cli.provisioner().list(PATH, tenant.query(cli), 1000), "stack", "stack");
    }

    private static void showPlan(Cli cli, Printer printer, JsonNode plan) {
        if (!printer.forPeople()) {
            printer.document(plan);
            return;
        }
        Terminal terminal = cli.terminal();
        terminal.out().println("Backend: " + Json.text(plan, "/backend"));
        if (plan.path("changes").isEmpty()) {
            terminal.out().println("Nothing to change.");
        } else {
            printer.table(plan.path("changes"), CHANGES);
        }
        for (JsonNode warning : plan.path("warnings")) {
            terminal.err().println(terminal.err(Style.YELLOW, "warning: ") + warning.asText());
        }
    }

    /** {@code stack plan}. */
    @Command(name = "plan", description = "Show what a deployment would change, and change nothing.")
    static final class Plan implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private Wanted wanted = new Wanted();

        @Option(names = "--compose", description = "show the rendered Compose document instead")
        private boolean compose;

        Plan(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode plan = cli.provisioner().post(PATH + "/plan", wanted.body(cli)).body();
            if (compose) {
                cli.terminal().out().print(Json.yaml(plan.path("compose")));
            } else {
                showPlan(cli, output.printer(cli), plan);
            }
            return ExitCode.OK;
        }
    }

    /** {@code stack deploy}. */
    @Command(name = "deploy", aliases = "apply", description = "Deploy a stack, or bring an existing one to what is asked for.", footer = {
            "", "Examples:", "  pocket template show web               which parameters there are",
            "  pocket stack deploy hello -t acme --template web --dry-run",
            "  pocket stack deploy hello -t acme --template web -p memoryMib=128"})
    static final class Deploy implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private Wanted wanted = new Wanted();

        @Option(names = "--dry-run", description = "only show what would change")
        private boolean dryRun;

        @Option(names = "--no-wait", description = "do not wait until it is deployed")
        private boolean noWait;

        @Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "10m", converter = Converters.Timeout.class, description = "how long to wait (default: 10m)")
        private Duration timeout = Duration.ofMinutes(10);

        Deploy(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            ObjectNode body = wanted.body(cli);
            Printer printer = output.printer(cli);
            if (dryRun) {
                showPlan(cli, printer, cli.provisioner().post(PATH + "/plan", body).body());
                return ExitCode.OK;
            }
            Reply accepted = cli.provisioner().post(PATH, body);
            String operation = Operations.idOf(accepted.body(), accepted.header("Location"));
            if (noWait) {
                printer.one(accepted.body());
                return ExitCode.OK;
            }
            JsonNode ended = await(cli, operation, timeout);
            Operations.requireSuccess(ended, "the deployment", "see the steps: pocket operation show " + operation);
            String stack = Json.text(ended, "/stackId");
            printer.one(cli.provisioner().get(PATH + "/" + stack).body());
            return ExitCode.OK;
        }
    }

    private static JsonNode await(Cli cli, String operation, Duration timeout) {
        try (Progress progress = Progress.on(cli.terminal())) {
            return Operations.await(cli.provisioner(), operation, timeout, progress);
        }
    }

    /** {@code stack list}. */
    @Command(name = "list", aliases = "ls", description = "List stacks.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("name", "/name"),
                Column.text("template", "/template"),
                Column.text("backend", "/backend"), Column.text("state", "/state"), Column.number("rev", "/revision"),
                Column.time("updated", "/updatedAt"), Column.text("id", "/id"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantFilter tenant = new TenantFilter();

        @Mixin
        private LimitOption limit = new LimitOption();

        @Mixin
        private WatchOption watch = new WatchOption();

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws InterruptedException {
            return watch.run(cli.terminal(), () -> {
                JsonNode stacks = cli.provisioner().list(PATH, tenant.query(cli), limit.limit());
                output.printer(cli).list(stacks,
                        "No stacks yet. Deploy one: pocket stack deploy hello -t TENANT --template web",
                        TenantColumn.among(COLUMNS, cli, output, tenant, stacks));
                return ExitCode.OK;
            });
        }
    }

    /** {@code stack show}. */
    @Command(name = "show", description = "Show a stack with its services.")
    static final class Show implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantOption tenant = new TenantOption();

        @Mixin
        private WatchOption watch = new WatchOption();

        @Parameters(paramLabel = "STACK", description = "name or id")
        private String stack = "";

        Show(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws InterruptedException {
            return watch.run(cli.terminal(), () -> {
                JsonNode found = find(cli, tenant, stack);
                output.printer(cli).one(cli.provisioner().get(PATH + "/" + Json.text(found, "/id")).body());
                return ExitCode.OK;
            });
        }
    }

    /** {@code stack logs}. */
    @Command(name = "logs", description = "Show the last log lines of one service of a stack.")
    static final class Logs implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private TenantOption tenant = new TenantOption();

        @Parameters(index = "0", paramLabel = "STACK", description = "name or id")
        private String stack = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "SERVICE", description = "which of its services (default: the only one)")
        private String service = "";

        @Option(names = {"-n",
                "--lines"}, paramLabel = "N", defaultValue = "100", description = "last so many lines (default: 100)")
        private int lines = 100;

        Logs(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String id = Json.text(find(cli, tenant, stack), "/id");
            Reply reply = cli.provisioner().get(PATH + "/" + id + "/logs?lines=" + lines
                    + (service.isEmpty() ? "" : "&service=" + Api.encoded(service)));
            for (JsonNode line : reply.body().path("lines")) {
                cli.terminal().out().println(line.asText());
            }
            return ExitCode.OK;
        }
    }

    /** {@code stack delete}. */
    @Command(name = "delete", aliases = "rm", description = "Delete a stack.")
    static final class Delete implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantOption tenant = new TenantOption();

        @Parameters(paramLabel = "STACK", description = "name or id")
        private String stack = "";

        @Option(names = "--yes", paramLabel = "NAME", description = "the stack's name once more, to confirm without being asked")
        private String confirmed = "";

        @Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "5m", converter = Converters.Timeout.class, description = "how long to wait (default: 5m)")
        private Duration timeout = Duration.ofMinutes(5);

        Delete(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode found = find(cli, tenant, stack);
            String name = Json.text(found, "/name");
            Confirmation.require(cli.terminal(), "stack", name, confirmed);
            String path = PATH + "/" + Json.text(found, "/id");
            String etag = cli.provisioner().get(path).header("ETag");
            Reply accepted = cli.provisioner().delete(path, etag);
            String operation = Operations.idOf(accepted.body(), accepted.header("Location"));
            JsonNode ended = await(cli, operation, timeout);
            Operations.requireSuccess(ended, "deleting", "see the steps: pocket operation show " + operation);
            if (output.printer(cli).forPeople()) {
                cli.terminal().out().println("Deleted " + name + ".");
            } else {
                output.printer(cli).one(ended);
            }
            return ExitCode.OK;
        }
    }
}
