package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Terminal.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket key}. */
@Command(name = "key", description = "API keys of tenants: issue, list, revoke.", subcommands = {
        KeyCommands.Issue.class,
        KeyCommands.ListAll.class, KeyCommands.Revoke.class})
public final class KeyCommands extends Group {

    private static String path(String tenantId) {
        return TenantCommands.PATH + "/" + Api.encoded(tenantId) + "/keys";
    }

    /** {@code key issue}. */
    @Command(name = "issue", description = "Issue a key. Its secret is shown this once.")
    static final class Issue implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "TENANT", description = "slug or id")
        private String tenant = "";

        @Option(names = "--name", paramLabel = "NAME", defaultValue = "cli", description = "what it is for (default: cli)")
        private String name = "cli";

        @Option(names = "--role", paramLabel = "ROLE", defaultValue = "tenant-developer", description = "tenant-admin, tenant-developer or agent (default: tenant-developer)")
        private String role = "tenant-developer";

        @Option(names = "--scope", paramLabel = "SCOPE", description = "may be repeated")
        private List<String> scopes = new ArrayList<>();

        @Option(names = "--days", paramLabel = "N", description = "expires after so many days (default: never)")
        private int days;

        @Option(names = "--save", description = "keep the secret for pocket chat, readable by you only")
        private boolean save;

        Issue(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            var body = Json.object().put("name", name).put("role", role);
            if (!scopes.isEmpty()) {
                var list = body.putArray("scopes");
                scopes.forEach(list::add);
            }
            if (days > 0) {
                body.put("expiresAt", Instant.now().plus(Duration.ofDays(days)).toString());
            }
            JsonNode tenantNode = cli.registry().get(TenantCommands.PATH + "/" + Api.encoded(tenant)).body();
            JsonNode key = cli.registry().post(path(Json.text(tenantNode, "/id")), body).body();
            output.printer(cli).one(key);
            var terminal = cli.terminal();
            if (save) {
                var file = cli.home().tenantKey(Json.text(tenantNode, "/slug"));
                SecretFiles.write(file, Json.text(key, "/secret"));
                terminal.err().println("Kept in " + file + ", where pocket chat finds it.");
            } else {
                terminal.err().println(terminal.err(Style.YELLOW, "The secret is not shown again: keep it now."));
            }
            return ExitCode.OK;
        }
    }

    /** {@code key list}. */
    @Command(name = "list", aliases = "ls", description = "List the keys of a tenant.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("name", "/name"), Column.text("role", "/role"),
                Column.text("starts with", "/start"), Column.time("created", "/createdAt"),
                Column.time("last used", "/lastUsedAt"), Column.time("expires", "/expiresAt"),
                Column.time("revoked", "/revokedAt"), Column.text("id", "/id"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "TENANT", description = "slug or id")
        private String tenant = "";

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode answer = cli.registry().get(path(cli.tenantId(tenant))).body();
            JsonNode page = answer.isArray() ? Json.object().set("items", answer) : answer;
            output.printer(cli).list(page, "No keys yet. Issue one: pocket key issue " + tenant, COLUMNS);
            return ExitCode.OK;
        }
    }

    /** {@code key revoke}. */
    @Command(name = "revoke", description = "Revoke a key: it is refused everywhere within 5 s.")
    static final class Revoke implements Callable<Integer> {

        private final Cli cli;

        @Parameters(paramLabel = "KEY", description = "id, as pocket key list shows it")
        private String key = "";

        Revoke(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            // Revoking is final and the same whatever the key's version is.
            cli.registry().delete("/api/v1/keys/" + Api.encoded(key), "*");
            cli.terminal().out().println("Revoked " + key + ".");
            return ExitCode.OK;
        }
    }
}
