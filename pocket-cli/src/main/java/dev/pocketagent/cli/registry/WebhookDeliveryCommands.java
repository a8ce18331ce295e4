package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.Converters;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.Query;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verbs of {@code pocket webhook} about what was sent. */
final class WebhookDeliveryCommands {

    private static final List<Column> COLUMNS = List.of(Column.number("event", "/eventSeq"),
            Column.text("type", "/type"), Column.text("state", "/state"), Column.number("tries", "/attempts"),
            Column.number("status", "/lastStatus"), Column.text("error", "/lastError"),
            Column.time("created", "/createdAt"), Column.time("next try", "/nextAttemptAt"),
            Column.text("id", "/id"));

    private WebhookDeliveryCommands() {}

    /** Where a delivery stands. */
    enum State {
        pending, delivered, dead
    }

    /** {@code webhook deliveries}. */
    @Command(name = "deliveries", description = "List what was sent, and how it went.")
    static final class Deliveries implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private LimitOption limit = new LimitOption();

        @Mixin
        private WatchOption watch = new WatchOption();

        @Parameters(paramLabel = "WEBHOOK", description = "id")
        private String webhook = "";

        @Option(names = "--state", paramLabel = "STATE", description = "only those in this state: ${COMPLETION-CANDIDATES}")
        private @Nullable State state;

        Deliveries(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws InterruptedException {
            String filter = new Query().with("state", state == null ? "" : state.name()).toString();
            return watch.run(cli.terminal(), () -> {
                output.printer(cli).list(
                        cli.registry().list(WebhookCommands.path(webhook) + "/deliveries", filter, limit.limit()),
                        "Nothing was sent" + (filter.isEmpty() ? " yet." : " that is " + state + "."), COLUMNS);
                return ExitCode.OK;
            });
        }
    }

    /** {@code webhook test}. */
    @Command(name = "test", description = "Send a message without meaning, and see how it goes (exit code 1 if badly).")
    static final class Test implements Callable<Integer> {

        private static final Duration PAUSE = Duration.ofMillis(200);

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "WEBHOOK", description = "id")
        private String webhook = "";

        @Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "1m", converter = Converters.Timeout.class, description = "how long to wait for it (default: 1m)")
        private Duration timeout = Duration.ofSeconds(60);

        Test(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws InterruptedException {
            JsonNode sent = cli.registry().post(WebhookCommands.path(webhook) + "/test", Json.object()).body();
            JsonNode tried;
            try (Progress progress = Progress.on(cli.terminal())) {
                Progress.Row row = progress.row("delivery");
                row.working("waiting for the receiver");
                tried = await(sent);
                if (isDelivered(tried)) {
                    row.done("arrived, answered " + Json.text(tried, "/lastStatus"));
                } else {
                    row.failed(reason(tried));
                }
            }
            output.printer(cli).one(tried);
            if (!isDelivered(tried)) {
                throw CliException.failed("the message did not arrive: " + reason(tried),
                        "see that the receiver can be reached and answers 2xx, then test again");
            }
            return ExitCode.OK;
        }

        /** Until it was tried once, however that ended. */
        private JsonNode await(JsonNode sent) throws InterruptedException {
            long deadline = System.nanoTime() + timeout.toNanos();
            JsonNode delivery = sent;
            String path = WebhookCommands.path(webhook) + "/deliveries/" + Api.encoded(Json.text(sent, "/id"));
            while (!isTried(delivery)) {
                if (System.nanoTime() > deadline) {
                    throw CliException.failed("nothing was sent within " + timeout.toSeconds() + " s",
                            "see pocket webhook deliveries " + webhook + ", and pocket logs registry");
                }
                Thread.sleep(PAUSE);
                delivery = cli.registry().get(path).body();
            }
            return delivery;
        }

        /** An attempt counts from its begin; it is over when something is known of it. */
        private static boolean isTried(JsonNode delivery) {
            return !Json.text(delivery, "/state").equals(State.pending.name())
                    || !Json.text(delivery, "/lastStatus").isEmpty() || !Json.text(delivery, "/lastError").isEmpty();
        }

        private static boolean isDelivered(JsonNode delivery) {
            return Json.text(delivery, "/state").equals(State.delivered.name());
        }

        private static String reason(JsonNode tried) {
            String status = Json.text(tried, "/lastStatus");
            String error = Json.text(tried, "/lastError");
            return !error.isEmpty() ? error : status.isEmpty() ? Json.text(tried, "/state") : "answered " + status;
        }
    }

    /** {@code webhook retry}. */
    @Command(name = "retry", description = "Try a delivery again now.")
    static final class Retry implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(index = "0", paramLabel = "WEBHOOK", description = "id")
        private String webhook = "";

        @Parameters(index = "1", paramLabel = "DELIVERY", description = "id, as pocket webhook deliveries shows it")
        private String delivery = "";

        Retry(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).one(cli.registry().post(
                    WebhookCommands.path(webhook) + "/deliveries/" + Api.encoded(delivery) + "/retry", Json.object())
                    .body());
            return ExitCode.OK;
        }
    }

    /** {@code webhook replay}. */
    @Command(name = "replay", description = "Send once more what was given up, or all events of a time.")
    static final class Replay implements Callable<Integer> {

        /** Which of them. */
        enum Only {
            dead, all
        }

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Parameters(paramLabel = "WEBHOOK", description = "id")
        private String webhook = "";

        @Option(names = "--after", paramLabel = "SEQ", description = "events behind this number")
        private @Nullable Long after;

        @Option(names = "--from", paramLabel = "MOMENT", description = "events since a date, a time in UTC, or so long ago: 24h")
        private @Nullable Instant from;

        @Option(names = "--only", paramLabel = "WHICH", defaultValue = "dead", description = "${COMPLETION-CANDIDATES}: those that were given up, or also those that arrived (default: dead)")
        private Only only = Only.dead;

        Replay(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            if (after != null && from != null) {
                throw CliException.usage("--after and --from are two words for one thing", "give one of them");
            }
            if (only == Only.all && after == null && from == null) {
                throw CliException.usage("from where on? All events need --after or --from",
                        "e.g. pocket webhook replay " + webhook + " --only all --from 24h");
            }
            ObjectNode body = Json.object().put("only", only.name());
            if (after != null) {
                body.put("after", after);
            } else if (from != null) {
                body.put("from", from.toString());
            }
            JsonNode queued = cli.registry().post(WebhookCommands.path(webhook) + "/replay", body).body();
            output.printer(cli).one(queued);
            if (queued.has("next")) {
                cli.terminal().err().println("There may be more: go on with --after " + Json.text(queued, "/next"));
            }
            cli.terminal().err().println("See how it goes: pocket webhook deliveries " + webhook + " --watch");
            return ExitCode.OK;
        }
    }
}
