package dev.pocketagent.cli.registry;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantParameter;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.http.Reply;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket tenant}: the account itself. Its states are in {@link TenantStateCommands}. */
@Command(name = "tenant", description = "Tenants: create, edit, suspend, delete, export.", subcommands = {
        TenantCommands.Create.class, TenantCommands.Edit.class, TenantList.class, TenantCommands.Show.class,
        TenantCommands.SetId.class, TenantCommands.UnsetId.class, TenantQuota.class, TenantExport.class,
        TenantStateCommands.Delete.class, TenantStateCommands.Purge.class, TenantStateCommands.Resume.class,
        TenantStateCommands.Suspend.class, TenantStateCommands.Undelete.class})
public final class TenantCommands extends Group {

    static final String PATH = "/api/v1/tenants";

    static String path(String idOrSlug) {
        return PATH + "/" + Api.encoded(idOrSlug);
    }

    /** {@code tenant create}. */
    @Command(name = "create", description = "Create a tenant.", footer = {"", "Examples:",
            "  pocket tenant create acme --name \"Acme Ltd\" --plan team",
            "  pocket tenant create acme --plan sovereign --set-limit stacks=300"})
    static final class Create implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "SLUG", description = "short name that never changes: lower-case letters, digits, hyphens")
        private String slug = "";

        @Option(names = "--name", paramLabel = "NAME", description = "full name (default: the slug)")
        private String name = "";

        @Option(names = "--plan", paramLabel = "PLAN", defaultValue = "starter", description = "team for its newest version, team@1 for that one; see pocket plan list (default: starter)")
        private String plan = "starter";

        @Option(names = "--set-limit", paramLabel = "NAME=VALUE", completionCandidates = Candidates.LimitNames.class, description = "another limit than the plan's, where it allows that; may be repeated")
        private Map<String, String> overrides = new LinkedHashMap<>();

        Create(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            var body = Json.object().put("slug", slug).put("name", name.isEmpty() ? slug : name).put("plan", plan);
            if (!overrides.isEmpty()) {
                body.set("overrides", Limits.typed("--set-limit", overrides));
            }
            output.printer(cli).one(cli.registry().post(PATH, body).body());
            return ExitCode.OK;
        }
    }

    /** {@code tenant show}. */
    @Command(name = "show", description = "Show a tenant and what it uses of its plan.")
    static final class Show implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantParameter tenant = new TenantParameter();

        Show(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode found = cli.tenant(tenant.tenant());
            JsonNode quota = TenantQuota.find(cli, Json.text(found, "/id"));
            Printer printer = output.printer(cli);
            if (!printer.forPeople()) {
                printer.document(((ObjectNode) found.deepCopy()).set("quota", quota));
                return ExitCode.OK;
            }
            printer.one(found);
            if (quota != null) {
                cli.terminal().out().println();
                printer.table(TenantQuota.rows(quota), TenantQuota.COLUMNS);
            }
            return ExitCode.OK;
        }
    }

    /** {@code tenant edit}. */
    @Command(name = "edit", description = "Change a tenant's name, plan or limits of its own.", footer = {"",
            "A plan below the present use is possible: the tenant keeps what it has, and gets nothing new until it fits.",
            "", "Examples:", "  pocket tenant edit acme --plan business",
            "  pocket tenant edit acme --set-limit stacks=300 --set-limit 'models=openai/*'"})
    static final class Edit implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantParameter tenant = new TenantParameter();

        @Option(names = "--name", paramLabel = "NAME", description = "full name")
        private String name = "";

        @Option(names = "--plan", paramLabel = "PLAN", description = "team for its newest version, team@1 for that one")
        private String plan = "";

        @Option(names = "--set-limit", paramLabel = "NAME=VALUE", completionCandidates = Candidates.LimitNames.class, description = "another limit than the plan's, beside those set before; may be repeated")
        private Map<String, String> overrides = new LinkedHashMap<>();

        @Option(names = "--clear-limits", description = "take back all limits of its own; with --set-limit, all but those")
        private boolean clear;

        Edit(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            if (name.isEmpty() && plan.isEmpty() && overrides.isEmpty() && !clear) {
                throw CliException.usage("there is nothing to change",
                        "give --name, --plan, --set-limit or --clear-limits");
            }
            ObjectNode set = Limits.typed("--set-limit", overrides);
            Reply before = cli.registry().get(path(tenant.tenant()));
            JsonNode after = patch(Json.text(before.body(), "/id"), body(before.body(), set), before.header("ETag"));
            output.printer(cli).one(after);
            if (after.path("overQuota").asBoolean()) {
                TenantQuota.warn(cli, Json.text(after, "/slug"));
            }
            return ExitCode.OK;
        }

        private ObjectNode body(JsonNode before, ObjectNode set) {
            ObjectNode body = Json.object();
            if (!name.isEmpty()) {
                body.put("name", name);
            }
            if (!plan.isEmpty()) {
                body.put("plan", plan);
            }
            if (!set.isEmpty()) {
                ObjectNode all = Json.object();
                if (!clear) {
                    before.path("overrides").properties().stream().filter(each -> !each.getValue().isNull())
                            .forEach(each -> all.set(each.getKey(), each.getValue()));
                }
                body.set("overrides", all.setAll(set));
            } else if (clear) {
                body.putNull("overrides");
            }
            return body;
        }

        private JsonNode patch(String id, JsonNode body, String etag) {
            try {
                return cli.registry().patch(path(id), body, etag).body();
            } catch (ApiException e) {
                if (e.status() == 412) {
                    throw new CliException(ExitCode.REFUSED,
                            "somebody else changed " + tenant.tenant()
                                    + " in the same moment; nothing was changed here",
                            "look at it: pocket tenant show " + tenant.tenant() + "; then repeat the command");
                }
                throw e;
            }
        }
    }

    /** {@code tenant set-id}. */
    @Command(name = "set-id", description = "Note what a tenant is called in other systems.")
    static final class SetId implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(index = "0", paramLabel = "TENANT", description = "slug or id")
        private String tenant = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "NAME=VALUE", description = "e.g. coolify_project_uuid=k8s0w4")
        private Map<String, String> ids = new LinkedHashMap<>();

        SetId(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String id = cli.tenantId(tenant);
            JsonNode after = Json.object();
            for (var each : ids.entrySet()) {
                after = cli.registry().put(path(id) + "/external-ids/" + Api.encoded(each.getKey()),
                        Json.object().put("value", each.getValue())).body();
            }
            output.printer(cli).one(after);
            return ExitCode.OK;
        }
    }

    /** {@code tenant unset-id}. */
    @Command(name = "unset-id", description = "Forget what a tenant is called in another system.")
    static final class UnsetId implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(index = "0", paramLabel = "TENANT", description = "slug or id")
        private String tenant = "";

        @Parameters(index = "1", paramLabel = "NAME", description = "e.g. coolify_project_uuid")
        private String name = "";

        UnsetId(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String id = cli.tenantId(tenant);
            output.printer(cli).one(
                    cli.registry().delete(path(id) + "/external-ids/" + Api.encoded(name), "").body());
            return ExitCode.OK;
        }
    }
}
