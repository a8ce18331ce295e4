package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.SecretFileOption;
import dev.pocketagent.cli.command.TenantFilter;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.Reply;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Terminal.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket webhook}. Its deliveries are in {@link WebhookDeliveryCommands}. */
@Command(name = "webhook", description = "Webhooks, events sent to an address: create, test, replay.", subcommands = {
        WebhookCommands.Create.class, WebhookCommands.Delete.class, WebhookCommands.Edit.class,
        WebhookCommands.ListAll.class, WebhookCommands.RotateSecret.class, WebhookCommands.Show.class,
        WebhookDeliveryCommands.Deliveries.class, WebhookDeliveryCommands.Replay.class,
        WebhookDeliveryCommands.Retry.class, WebhookDeliveryCommands.Test.class})
public final class WebhookCommands extends Group {

    static final String PATH = "/api/v1/webhooks";

    static String path(String webhook) {
        return PATH + "/" + Api.encoded(webhook);
    }

    private static void show(Cli cli, OutputOption output, JsonNode made, SecretFileOption secret) {
        secret.show(cli, output, made);
        var terminal = cli.terminal();
        if (!secret.isGiven()) {
            terminal.err().println(terminal.err(Style.YELLOW,
                    "The secret is not shown again: give it to the receiver now."));
        }
    }

    private static ArrayNode array(List<String> texts) {
        ArrayNode array = Json.array();
        texts.forEach(array::add);
        return array;
    }

    /** {@code webhook create}. */
    @Command(name = "create", description = "Send events to an address. The signing secret is shown this once.", footer = {
            "", "Example:", "  pocket webhook create https://hooks.example.com/pocket --event 'tenant.*' \\",
            "      --secret-file hook.secret"})
    static final class Create implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantFilter tenant = new TenantFilter();

        @Parameters(paramLabel = "URL", description = "https address that takes a POST")
        private String url = "";

        @Option(names = "--event", paramLabel = "TYPE", required = true, completionCandidates = Candidates.EventTypes.class, description = "e.g. tenant.*, or key.revoked; may be repeated")
        private List<String> events = new ArrayList<>();

        @Option(names = "--description", paramLabel = "TEXT", description = "what it is for")
        private String description = "";

        @Mixin
        private SecretFileOption secret = new SecretFileOption();

        Create(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            secret.requireRoom();
            ObjectNode body = Json.object().put("url", url);
            body.set("events", array(events));
            String id = tenant.id(cli);
            if (!id.isEmpty()) {
                body.put("tenant", id);
            }
            if (!description.isEmpty()) {
                body.put("description", description);
            }
            JsonNode made = cli.registry().post(PATH, body).body();
            show(cli, output, made, secret);
            cli.terminal().err().println("See whether it arrives: pocket webhook test " + Json.text(made, "/id"));
            return ExitCode.OK;
        }
    }

    /** {@code webhook list}. */
    @Command(name = "list", aliases = "ls", description = "List webhooks.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("url", "/url"),
                new Column("events", "/events", Column.Kind.LIST), Column.text("tenant", "/tenantId"),
                Column.text("description", "/description"), new Column("enabled", "/enabled", Column.Kind.FLAG),
                Column.time("failing since", "/failingSince"),
                Column.text("id", "/id"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantFilter tenant = new TenantFilter();

        @Mixin
        private LimitOption limit = new LimitOption();

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).list(cli.registry().list(PATH, tenant.query(cli), limit.limit()),
                    "No webhooks yet. Make one: pocket webhook create URL --event 'tenant.*'", COLUMNS);
            return ExitCode.OK;
        }
    }

    /** {@code webhook show}. */
    @Command(name = "show", description = "Show a webhook, without its secret.")
    static final class Show implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "WEBHOOK", description = "id")
        private String webhook = "";

        Show(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).one(cli.registry().get(path(webhook)).body());
            return ExitCode.OK;
        }
    }

    /** {@code webhook edit}. */
    @Command(name = "edit", description = "Change what a webhook is sent, and where.")
    static final class Edit implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "WEBHOOK", description = "id")
        private String webhook = "";

        @Option(names = "--url", paramLabel = "URL", description = "https address that takes a POST")
        private String url = "";

        @Option(names = "--event", paramLabel = "TYPE", completionCandidates = Candidates.EventTypes.class, description = "these in place of all before; may be repeated")
        private List<String> events = new ArrayList<>();

        @Option(names = "--description", paramLabel = "TEXT", description = "what it is for")
        private @Nullable String description;

        @Option(names = "--enable", description = "begin again to send")
        private boolean enable;

        @Option(names = "--disable", description = "send nothing, and give up what waits")
        private boolean disable;

        Edit(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            ObjectNode body = Json.object();
            if (!url.isEmpty()) {
                body.put("url", url);
            }
            if (!events.isEmpty()) {
                body.set("events", array(events));
            }
            if (description != null) {
                body.put("description", description);
            }
            if (enable || disable) {
                body.put("enabled", enable);
            }
            if (body.isEmpty() || enable && disable) {
                throw CliException.usage(body.isEmpty()
                        ? "there is nothing to change"
                        : "--enable and --disable exclude each other",
                        "give --url, --event, --description, --enable or --disable");
            }
            Reply before = cli.registry().get(path(webhook));
            output.printer(cli).one(cli.registry().patch(path(webhook), body, before.header("ETag")).body());
            return ExitCode.OK;
        }
    }

    /** {@code webhook delete}. */
    @Command(name = "delete", aliases = "rm", description = "Delete a webhook and what was not delivered yet.")
    static final class Delete implements Callable<Integer> {

        private final Cli cli;

        @Parameters(paramLabel = "WEBHOOK", description = "id")
        private String webhook = "";

        @Option(names = "--yes", description = "do not ask")
        private boolean yes;

        Delete(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            Reply found = cli.registry().get(path(webhook));
            Confirmation.agree(cli.terminal(), "Delete the webhook to " + Json.text(found.body(), "/url") + "?", yes);
            cli.registry().delete(path(webhook), found.header("ETag"));
            cli.terminal().out().println("Deleted " + webhook + ".");
            return ExitCode.OK;
        }
    }

    /** {@code webhook rotate-secret}. */
    @Command(name = "rotate-secret", description = "Give a webhook a new signing secret. It is shown this once.", footer = {
            "",
            "While the overlap lasts, every message carries both signatures."})
    static final class RotateSecret implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "WEBHOOK", description = "id")
        private String webhook = "";

        @Option(names = "--overlap", paramLabel = "DURATION", defaultValue = "24h", description = "how long the old one goes on, e.g. 0 or 7d (default: 24h)")
        private Duration overlap = Duration.ofHours(24);

        @Mixin
        private SecretFileOption secret = new SecretFileOption();

        RotateSecret(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            secret.requireRoom();
            JsonNode made = cli.registry().post(path(webhook) + "/rotate-secret",
                    Json.object().put("overlapSeconds", overlap.toSeconds())).body();
            show(cli, output, made, secret);
            cli.terminal().err().println(overlap.isZero()
                    ? "The old secret signs nothing any more."
                    : "The old secret goes on for " + Durations.shown(overlap) + ".");
            return ExitCode.OK;
        }
    }
}
