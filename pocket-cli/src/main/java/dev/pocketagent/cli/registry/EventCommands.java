package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.http.Query;
import dev.pocketagent.cli.http.UnreachableException;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Format;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pocket event}. */
@Command(name = "event", description = "Events, the feed of what changed: list, follow.", subcommands = EventCommands.ListAll.class)
public final class EventCommands extends Group {

    private static final String PATH = "/api/v1/events";
    private static final String LATEST = "latest";
    private static final int PAGE = 200;
    /** The service allows 60 s; proxies on the way often cut after 30 s. */
    private static final String WAIT = "25s";
    private static final Duration PAUSE_AFTER_TROUBLE = Duration.ofSeconds(1);

    /** {@code event list}. */
    @Command(name = "list", aliases = "ls", description = "List events, oldest first, or follow them as they come.", footer = {
            "",
            "With -o json, --follow prints one document a line."})
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.number("seq", "/seq"), Column.time("at", "/at"),
                Column.text("type", "/type"), Column.text("tenant", "/tenantId"),
                new Column("data", "/data", Column.Kind.PAIRS));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private LimitOption limit = new LimitOption();

        @Option(names = "--after", paramLabel = "SEQ", description = "only those behind this number (default: 0; with --follow the feed's end)")
        private String after = "";

        @Option(names = {"-f", "--follow"}, description = "go on and print what comes, until Ctrl-C")
        private boolean follow;

        @Option(names = "--type", paramLabel = "TYPE", completionCandidates = Candidates.EventTypes.class, description = "e.g. tenant.suspended, or tenant.*; may be repeated")
        private List<String> types = new ArrayList<>();

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws InterruptedException {
            if (!after.isEmpty() && !after.equals(LATEST) && !after.matches("\\d{1,18}")) {
                throw CliException.usage("--after must be the number of an event, or latest, and is " + after, "");
            }
            return follow ? follow() : list();
        }

        private int list() {
            ArrayNode chosen = Json.array();
            String place = after.isEmpty() ? "0" : after;
            boolean more = true;
            while (more && chosen.size() < limit.limit()) {
                JsonNode page = page(place, "");
                place = Json.text(page, "/next");
                more = page.path("items").size() == PAGE;
                for (JsonNode event : page.path("items")) {
                    if (isAsked(event)) {
                        chosen.add(event);
                    }
                    if (chosen.size() == limit.limit()) {
                        place = Json.text(event, "/seq");
                        break;
                    }
                }
            }
            var document = Json.object();
            document.set("items", chosen);
            document.put("next", Long.parseLong(place));
            output.printer(cli).list(document, "No events there.", COLUMNS);
            if (output.printer(cli).forPeople() && chosen.size() >= limit.limit()) {
                cli.terminal().err().println("There may be more: --after " + place + ", or raise --limit.");
            }
            return ExitCode.OK;
        }

        private int follow() throws InterruptedException {
            String place = after.isEmpty() ? LATEST : after;
            boolean isAway = false;
            while (true) {
                try {
                    JsonNode page = page(place, WAIT);
                    place = Json.text(page, "/next");
                    page.path("items").forEach(this::print);
                    isAway = false;
                } catch (UnreachableException e) {
                    isAway = away(isAway, e, String.valueOf(e.getMessage()));
                } catch (ApiException e) {
                    isAway = away(isAway, e, e.title());
                }
            }
        }

        /** A feed that is away comes back; one that refuses us does not. */
        private boolean away(boolean isKnown, RuntimeException e, String reason) throws InterruptedException {
            boolean isPassing = !(e instanceof ApiException answer) || answer.status() == 429 || answer.status() >= 500;
            if (!isPassing || Thread.currentThread().isInterrupted()) {
                throw e;
            }
            if (!isKnown) {
                cli.terminal().err().println("The feed is away (" + reason + "); waiting for it.");
            }
            Thread.sleep(PAUSE_AFTER_TROUBLE);
            return true;
        }

        private JsonNode page(String place, String wait) {
            return cli.registry().get(new Query().with("after", place).with("wait", wait)
                    .with("limit", String.valueOf(PAGE)).on(PATH)).body();
        }

        private boolean isAsked(JsonNode event) {
            String type = Json.text(event, "/type");
            return types.isEmpty() || types.stream().anyMatch(asked -> asked.endsWith("*")
                    ? type.startsWith(asked.substring(0, asked.length() - 1))
                    : type.equals(asked));
        }

        private void print(JsonNode event) {
            if (!isAsked(event)) {
                return;
            }
            var terminal = cli.terminal();
            if (output.format() == Format.json) {
                terminal.out().println(Json.compact(event));
            } else if (output.format() == Format.yaml) {
                terminal.out().print("---\n" + Json.yaml(event));
                terminal.out().flush();
            } else {
                String line = Table.render(COLUMNS, List.of(event), 0).getLast();
                terminal.out().println(terminal.outIsTerminal() ? Table.fit(line, terminal.columns()) : line);
            }
        }
    }
}
