package dev.pocketagent.cli.registry;

import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket tenant}. */
@Command(name = "tenant", description = "Tenants: create, list, show, suspend, resume.", subcommands = {
        TenantCommands.Create.class,
        TenantCommands.ListAll.class, TenantCommands.Show.class, TenantCommands.Suspend.class,
        TenantCommands.Resume.class})
public final class TenantCommands extends Group {

    static final String PATH = "/api/v1/tenants";

    private static String path(String idOrSlug) {
        return PATH + "/" + Api.encoded(idOrSlug);
    }

    /** {@code tenant create}. */
    @Command(name = "create", description = "Create a tenant.")
    static final class Create implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "SLUG", description = "short name: lower-case letters, digits, hyphens")
        private String slug = "";

        @Option(names = "--name", paramLabel = "NAME", description = "full name (default: the slug)")
        private String name = "";

        @Option(names = "--plan", paramLabel = "PLAN", defaultValue = "starter", description = "see pocket plan list (default: starter)")
        private String plan = "starter";

        Create(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            var body = Json.object().put("slug", slug).put("name", name.isEmpty() ? slug : name).put("plan", plan);
            output.printer(cli).one(cli.registry().post(PATH, body).body());
            return ExitCode.OK;
        }
    }

    /** {@code tenant list}. */
    @Command(name = "list", aliases = "ls", description = "List tenants.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("slug", "/slug"), Column.text("name", "/name"),
                Column.text("plan", "/plan"), Column.text("state", "/state"), Column.time("created", "/createdAt"),
                Column.text("id", "/id"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private LimitOption limit = new LimitOption();

        @Mixin
        private WatchOption watch = new WatchOption();

        @Option(names = "--state", paramLabel = "STATE", description = "only those in this state")
        private String state = "";

        @Option(names = "--plan", paramLabel = "PLAN", description = "only those on this plan")
        private String plan = "";

        @Option(names = {"-q", "--query"}, paramLabel = "TEXT", description = "only those with this in slug or name")
        private String query = "";

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws InterruptedException {
            String filter = String.join("&",
                    List.of(parameter("state", state), parameter("plan", plan), parameter("q", query))
                            .stream().filter(each -> !each.isEmpty()).toList());
            return watch.run(cli.terminal(), () -> {
                JsonNode tenants = cli.registry().list(PATH, filter, limit.limit());
                output.printer(cli).list(tenants, "No tenants yet. Make one: pocket tenant create acme", COLUMNS);
                return ExitCode.OK;
            });
        }

        private static String parameter(String name, String value) {
            return value.isEmpty() ? "" : name + "=" + Api.encoded(value);
        }
    }

    /** {@code tenant show}. */
    @Command(name = "show", description = "Show a tenant.")
    static final class Show implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "TENANT", description = "slug or id")
        private String tenant = "";

        Show(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).one(cli.registry().get(path(tenant)).body());
            return ExitCode.OK;
        }
    }

    /** {@code tenant suspend}. */
    @Command(name = "suspend", description = "Suspend a tenant: its keys are refused everywhere within 5 s, its data stays.")
    static final class Suspend implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "TENANT", description = "slug or id")
        private String tenant = "";

        @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "kept in the audit trail")
        private String reason = "";

        Suspend(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).one(transition(cli, tenant, "suspend", reason));
            return ExitCode.OK;
        }
    }

    /** {@code tenant resume}. */
    @Command(name = "resume", description = "Resume a suspended tenant.")
    static final class Resume implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "TENANT", description = "slug or id")
        private String tenant = "";

        @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "kept in the audit trail")
        private String reason = "";

        Resume(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).one(transition(cli, tenant, "resume", reason));
            return ExitCode.OK;
        }
    }

    private static JsonNode transition(Cli cli, String tenant, String verb, String reason) {
        return cli.registry().post(path(cli.tenantId(tenant)) + "/" + verb, Json.object().put("reason", reason)).body();
    }
}
