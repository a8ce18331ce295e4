package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantColumn;
import dev.pocketagent.cli.command.TenantFilter;
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
    @Command(name = "list", aliases = "ls", description = "List the newest events, or follow them as they come.", footer = {
            "", "The newest is the last line. With -o json, --follow prints one document a line.", "", "Examples:",
            "  pocket event list -n 20 -t acme",
            "  pocket event list --type 'tenant.*' --type key.revoked --since 7d",
            "  pocket event list -f --since 1h"})
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.number("seq", "/seq"), Column.time("at", "/at"),
                Column.text("type", "/type"), new Column("data", "/data", Column.Kind.PAIRS));
        private static final int TENANT_PLACE = 3;
        private static final int DEFAULT_LAST = 100;

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantFilter tenant = new TenantFilter();

        @Option(names = {"-n", "--last",
                "--limit"}, paramLabel = "N", description = "the newest so many; with --after, so many behind it (default: 100)")
        private @Nullable Integer last;

        @Option(names = "--since", paramLabel = "MOMENT", description = "only those from then on: a date, a time in UTC, or how long ago, e.g. 7d")
        private @Nullable Instant since;

        @Option(names = "--after", paramLabel = "SEQ", description = "the feed from behind this number, oldest first; 0 is its begin")
        private String after = "";

        @Option(names = {"-f", "--follow"}, description = "go on and print what comes, until Ctrl-C")
        private boolean follow;

        @Option(names = "--type", paramLabel = "TYPE", completionCandidates = Candidates.EventTypes.class, description = "e.g. tenant.suspended, or tenant.*; may be repeated")
        private List<String> types = new ArrayList<>();

        /** The id of the tenant that was asked for; empty for all. */
        private String tenantId = "";

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws InterruptedException {
            if (!after.isEmpty() && !after.equals(LATEST) && !after.matches("\\d{1,18}")) {
                throw CliException.usage("--after must be the number of an event, or latest, and is " + after, "");
            }
            if (!after.isEmpty() && since != null) {
                throw CliException.usage("--after and --since exclude each other", "give one of them");
            }
            if (last != null && last < 1) {
                throw CliException.usage("--last must be 1 or more, and is " + last, "");
            }
            tenantId = tenant.id(cli);
            if (follow) {
                return follow();
            }
            return after.isEmpty() ? newest() : behind();
        }

        private int most() {
            return last == null ? DEFAULT_LAST : last;
        }

        private int newest() {
            boolean forPeople = output.printer(cli).forPeople();
            String end = forPeople ? "0" : end();
            JsonNode found = recent(most());
            ObjectNode document = Json.object();
            ArrayNode events = document.putArray("items");
            found.path("items").forEach(event -> events.insert(0, event));
            if (!forPeople) {
                document.put("next", Long.parseLong(later(end, events)));
            }
            print(document, tenantId.isEmpty() && types.isEmpty() && since == null
                    ? "Nothing happened yet."
                    : "No event is like that.");
            if (forPeople && !Json.text(found, "/nextCursor").isEmpty()) {
                cli.terminal().err().println("There are older ones: raise --last.");
            }
            return ExitCode.OK;
        }

        private int behind() {
            checkTypes();
            ArrayNode chosen = Json.array();
            String place = after;
            boolean more = true;
            while (more && chosen.size() < most()) {
                JsonNode page = page(place, "");
                place = Json.text(page, "/next");
                more = page.path("items").size() == PAGE;
                for (JsonNode event : page.path("items")) {
                    if (isAsked(event)) {
                        chosen.add(event);
                    }
                    if (chosen.size() == most()) {
                        place = Json.text(event, "/seq");
                        break;
                    }
                }
            }
            var document = Json.object();
            document.set("items", chosen);
            document.put("next", Long.parseLong(place));
            print(document, "No events there.");
            if (output.printer(cli).forPeople() && chosen.size() >= most()) {
                cli.terminal().err().println("There may be more: --after " + place + ", or raise --last.");
            }
            return ExitCode.OK;
        }

        private void print(JsonNode document, String nothing) {
            output.printer(cli).list(document, nothing,
                    TenantColumn.named(COLUMNS, TENANT_PLACE, cli, output, tenant, document));
        }

        private int follow() throws InterruptedException {
            String place = begin();
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

        /** Prints what is to be seen before the first news, and tells the place in the feed behind it. */
        private String begin() {
            if (!after.isEmpty() || since == null && last == null) {
                checkTypes();
                return after.isEmpty() ? LATEST : after;
            }
            // The end first: what comes meanwhile is then seen by one of the two.
            String end = end();
            List<JsonNode> events = new ArrayList<>();
            recent(most()).path("items").forEach(events::addFirst);
            events.forEach(this::print);
            return later(end, events);
        }

        /** The feed takes any type, so that a mistyped one would wait for ever: the list knows which there are. */
        private void checkTypes() {
            if (!types.isEmpty()) {
                recent(1);
            }
        }

        private String end() {
            return Json.text(cli.registry().get(new Query().with("after", LATEST).on(PATH)).body(), "/next");
        }

        /** The place behind both: the feed's end, and the last of these events, which may have come after it. */
        private static String later(String end, Iterable<JsonNode> events) {
            long place = Long.parseLong(end);
            for (JsonNode event : events) {
                place = Math.max(place, event.path("seq").asLong());
            }
            return String.valueOf(place);
        }

        /** The newest events that are asked for, newest first. */
        private JsonNode recent(int most) {
            Query query = new Query().with("tenant", tenantId).with("from", since == null ? "" : since.toString());
            types.forEach(type -> query.with("type", type));
            return cli.registry().list(PATH + "/recent", query.toString(), most);
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
            if (!tenantId.isEmpty() && !tenantId.equals(Json.text(event, "/tenantId"))) {
                return false;
            }
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
                JsonNode one = Json.object().set("items", Json.array().add(event));
                List<Column> columns = TenantColumn.named(COLUMNS, TENANT_PLACE, cli, output, tenant, one);
                String line = Table.render(columns, List.of(event), 0).getLast();
                terminal.out().println(terminal.outIsTerminal() ? Table.fit(line, terminal.columns()) : line);
            }
        }
    }
}
