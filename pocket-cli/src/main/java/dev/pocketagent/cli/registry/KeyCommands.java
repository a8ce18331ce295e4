package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.Confirmation;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.SecretFileOption;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Terminal.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket key}. */
@Command(name = "key", description = "API keys of tenants and of the platform: issue, rotate, revoke.", subcommands = {
        KeyCommands.Issue.class, KeyCommands.ListAll.class, KeyCommands.Revoke.class, KeyCommands.Rotate.class,
        KeyCommands.Show.class})
public final class KeyCommands extends Group {

    private static final String PATH = "/api/v1/keys";

    private static void expiresAt(Cli cli, ObjectNode body, @Nullable Duration life) {
        if (life != null && (life.isNegative() || life.isZero())) {
            throw CliException.usage("a key that has expired is of no use", "give a longer time, e.g. 90d");
        }
        if (life != null) {
            body.put("expiresAt", cli.clock().instant().plus(life).toString());
        }
    }

    /** What a key may do. Shown and given in the words of the API. */
    enum Role {
        AGENT(false), AUDITOR(true), OPERATOR(true), SERVICE(true), SUPPORT(true), TENANT_ADMIN(
                false), TENANT_DEVELOPER(false);

        private final boolean ofPlatform;

        Role(boolean ofPlatform) {
            this.ofPlatform = ofPlatform;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Whether a key opens anything now. */
    enum State {
        active, expired, revoked;

        static State of(JsonNode key, Instant now) {
            String expires = Json.text(key, "/expiresAt");
            return !Json.text(key, "/revokedAt").isEmpty()
                    ? revoked
                    : !expires.isEmpty() && !Instant.parse(expires).isAfter(now) ? expired : active;
        }
    }

    private static String path(String key) {
        return PATH + "/" + Api.encoded(key);
    }

    /** Where the secret of a new key goes. */
    static final class SecretOption {

        @Mixin
        private SecretFileOption file = new SecretFileOption();

        @Option(names = "--save", description = "keep the secret for pocket chat, readable by you only")
        private boolean save;

        /** To be called first: needs nobody's answer. */
        void check(boolean ofPlatform, String replaced) {
            if (save && ofPlatform) {
                throw CliException.usage("--save keeps keys of tenants, for pocket chat",
                        "for a key of the platform use --secret-file FILE");
            }
            file.requireRoom(replaced);
        }

        /** To be called before the key is made: its secret is there only once. */
        void check(Cli cli, String slug, String replaced) {
            if (save) {
                file.requireRoom(cli.home().tenantKey(slug), replaced);
            }
        }

        /** @param slug of the key's tenant */
        void show(Cli cli, OutputOption output, JsonNode issued, String slug) {
            var terminal = cli.terminal();
            file.show(cli, output, issued);
            if (save) {
                var kept = cli.home().tenantKey(slug);
                SecretFiles.write(kept, Json.text(issued, "/secret"));
                terminal.err().println("Kept in " + kept + ", where pocket chat finds it.");
            }
            if (!save && !file.isGiven()) {
                terminal.err().println(terminal.err(Style.YELLOW, "The secret is not shown again: keep it now."));
            }
        }
    }

    /** {@code key issue}. */
    @Command(name = "issue", description = "Issue a key. Its secret is shown this once.", footer = {"",
            "Roles of tenants: tenant-admin, tenant-developer, agent. Roles of the platform, which take no tenant: operator, support, auditor, service.",
            "", "Examples:", "  pocket key issue acme --name \"laptop of Ada\" --expires-in 90d --save",
            "  pocket key issue acme --role agent --scope 'router:*' --secret-file acme.key",
            "  pocket key issue --role service --name router --secret-file router.key"})
    static final class Issue implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private SecretOption secret = new SecretOption();

        @Parameters(paramLabel = "TENANT", arity = "0..1", description = "slug or id; none for a key of the platform")
        private String tenant = "";

        @Option(names = "--platform", description = "a key of the platform: needs --role")
        private boolean platform;

        @Option(names = "--name", paramLabel = "NAME", defaultValue = "cli", description = "what it is for (default: cli)")
        private String name = "cli";

        @Option(names = "--role", paramLabel = "ROLE", description = "${COMPLETION-CANDIDATES} (default: tenant-developer)")
        private @Nullable Role role;

        @Option(names = "--scope", paramLabel = "SCOPE", completionCandidates = Candidates.Scopes.class, description = "narrows what it may do, e.g. router:* or sync:read; may be repeated")
        private List<String> scopes = new ArrayList<>();

        @Option(names = "--expires-in", paramLabel = "DURATION", description = "ends after this time, e.g. 90d (default: never, or with the key that issues it)")
        private @Nullable Duration expiresIn;

        @Option(names = "--days", paramLabel = "N", description = "expires in so many days, as --expires-in Nd")
        private int days;

        Issue(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            Role asked = role();
            secret.check(asked.ofPlatform, "");
            ObjectNode body = body(asked);
            JsonNode owner = asked.ofPlatform ? Json.object() : cli.tenant(tenant);
            secret.check(cli, Json.text(owner, "/slug"), "");
            String path = asked.ofPlatform ? PATH : TenantCommands.path(Json.text(owner, "/id")) + "/keys";
            JsonNode key = cli.registry().post(path, body).body();
            secret.show(cli, output, key, Json.text(owner, "/slug"));
            return ExitCode.OK;
        }

        private Role role() {
            if (platform && role == null) {
                throw CliException.usage("a key of the platform needs a role",
                        "give --role operator, support, auditor or service");
            }
            Role asked = role == null ? Role.TENANT_DEVELOPER : role;
            if (asked.ofPlatform && !tenant.isEmpty()) {
                throw CliException.usage("the role " + asked + " belongs to the platform, and " + tenant
                        + " is a tenant", "leave the tenant out, or choose tenant-admin, tenant-developer or agent");
            }
            if (!asked.ofPlatform && (platform || tenant.isEmpty())) {
                throw CliException.usage("a key with the role " + asked + " belongs to a tenant",
                        "name it: pocket key issue TENANT --role " + asked);
            }
            return asked;
        }

        private ObjectNode body(Role asked) {
            var body = Json.object().put("name", name).put("role", asked.toString());
            if (!scopes.isEmpty()) {
                var list = body.putArray("scopes");
                scopes.forEach(list::add);
            }
            if (days != 0 && expiresIn != null) {
                throw CliException.usage("--days and --expires-in are two words for one thing", "give one of them");
            }
            expiresAt(cli, body, days == 0 ? expiresIn : Duration.ofDays(days));
            return body;
        }
    }

    /** {@code key list}. */
    @Command(name = "list", aliases = "ls", description = "List the keys of a tenant, or the platform's own.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("name", "/name"), Column.text("role", "/role"),
                Column.text("starts with", "/start"), Column.text("state", "/state"),
                Column.time("created", "/createdAt"), Column.time("last used", "/lastUsedAt"),
                Column.time("expires", "/expiresAt"), Column.text("id", "/id"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "TENANT", arity = "0..1", description = "slug or id")
        private String tenant = "";

        @Option(names = "--platform", description = "the platform's own keys instead of a tenant's")
        private boolean platform;

        @Option(names = "--state", paramLabel = "STATE", description = "only those: ${COMPLETION-CANDIDATES}")
        private @Nullable State state;

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            if (platform != tenant.isEmpty()) {
                throw CliException.usage("whose keys? One tenant's, or the platform's",
                        "pocket key list TENANT, or pocket key list --platform");
            }
            String path = platform ? PATH : TenantCommands.path(cli.tenantId(tenant)) + "/keys";
            ArrayNode chosen = Json.array();
            for (JsonNode key : cli.registry().all(path, "").path("items")) {
                State now = State.of(key, cli.clock().instant());
                if (state == null || state == now) {
                    chosen.add(((ObjectNode) key.deepCopy()).put("state", now.name()));
                }
            }
            ObjectNode page = Json.object();
            page.set("items", chosen);
            output.printer(cli).list(page.putNull("nextCursor"), state == null
                    ? "No keys yet. Issue one: pocket key issue " + (platform ? "--platform --role ROLE" : tenant)
                    : "No key is " + state + ".", COLUMNS);
            return ExitCode.OK;
        }
    }

    /** {@code key show}. */
    @Command(name = "show", description = "Show a key, without its secret.")
    static final class Show implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "KEY", description = "id, as pocket key list shows it")
        private String key = "";

        Show(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).one(cli.registry().get(path(key)).body());
            return ExitCode.OK;
        }
    }

    /** {@code key rotate}. */
    @Command(name = "rotate", description = "Issue a key in place of another, which ends a while later.")
    static final class Rotate implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private SecretOption secret = new SecretOption();

        @Parameters(paramLabel = "KEY", description = "id of the old one, as pocket key list shows it")
        private String key = "";

        @Option(names = "--overlap", paramLabel = "DURATION", defaultValue = "24h", description = "how long the old one goes on, e.g. 0 or 7d (default: 24h)")
        private Duration overlap = Duration.ofHours(24);

        @Option(names = "--expires-in", paramLabel = "DURATION", description = "of the new one, e.g. 90d (default: it ends when the old one would have, or with the key in use)")
        private @Nullable Duration expiresIn;

        Rotate(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            ObjectNode body = Json.object().put("overlapSeconds", overlap.toSeconds());
            expiresAt(cli, body, expiresIn);
            JsonNode old = cli.registry().get(path(key)).body();
            String tenantId = Json.text(old, "/tenantId");
            String start = Json.text(old, "/start");
            secret.check(tenantId.isEmpty(), start);
            String slug = tenantId.isEmpty() ? "" : Json.text(cli.tenant(tenantId), "/slug");
            secret.check(cli, slug, start);
            JsonNode issued = cli.registry().post(path(key) + "/rotate", body).body();
            secret.show(cli, output, issued, slug);
            cli.terminal().err().println(overlap.isZero()
                    ? "The old key is refused from now on."
                    : "The old key goes on for " + Durations.shown(overlap) + "; end it sooner: pocket key revoke "
                            + key);
            return ExitCode.OK;
        }
    }

    /** {@code key revoke}. */
    @Command(name = "revoke", description = "Revoke a key: it is refused everywhere within 5 s.")
    static final class Revoke implements Callable<Integer> {

        private final Cli cli;

        @Parameters(paramLabel = "KEY", description = "id, as pocket key list shows it")
        private String key = "";

        @Option(names = "--yes", description = "do not ask, not even for the key in use or an operator's last one")
        private boolean agreed;

        Revoke(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String question = agreed ? "" : question();
            if (!question.isEmpty()) {
                Confirmation.agree(cli.terminal(), question, false);
            }
            // Revoking is final and the same whatever the key's version is.
            cli.registry().delete(path(key), "*");
            cli.terminal().out().println("Revoked " + key + ".");
            return ExitCode.OK;
        }

        /** What to ask before somebody is locked out; empty when nobody is. */
        private String question() {
            JsonNode found = cli.registry().get(path(key)).body();
            String start = Json.text(found, "/start");
            String what = "Revoke \"" + Json.text(found, "/name") + "\" (" + start + "...), ";
            if (!start.isEmpty() && cli.key().startsWith(start)) {
                return what + "the key in use here?";
            }
            return opensForOperators(found) && isLastOperator() ? what + "the last key of an operator?" : "";
        }

        private boolean opensForOperators(JsonNode found) {
            return Json.text(found, "/role").equals(Role.OPERATOR.toString())
                    && State.of(found, cli.clock().instant()) == State.active;
        }

        private boolean isLastOperator() {
            return cli.registry().all(PATH, "").path("items").valueStream()
                    .noneMatch(other -> !Json.text(other, "/id").equals(key) && opensForOperators(other));
        }
    }
}
