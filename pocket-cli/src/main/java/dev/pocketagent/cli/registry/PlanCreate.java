package dev.pocketagent.cli.registry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.Confirmation;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Format;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Terminal.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plan create}. */
@Command(name = "create", description = "Make a new version of a plan, or a new plan.", footer = {"",
        "A version never changes once it is there. Tenants keep the version they have until they are moved: pocket tenant edit TENANT --plan PLAN. A file is best begun by pocket plan show team -o yaml > team.yaml"})
public final class PlanCreate implements Callable<Integer> {

    /** Of what {@code plan show} prints, but not the caller's to choose. */
    private static final Set<String> NOT_LIMITS = Set.of("plan", "version");

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Parameters(paramLabel = "PLAN", description = "e.g. team; a new name needs all limits and --rank")
    private String plan = "";

    @Option(names = "--from-file", paramLabel = "FILE", description = "limits as JSON or YAML, alone or as pocket plan show prints a plan")
    private @Nullable Path file;

    @Option(names = "--set", paramLabel = "NAME=VALUE", completionCandidates = Candidates.LimitNames.class, description = "a limit, in place of the file's; may be repeated")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--rank", paramLabel = "N", description = "place in lists of plans, smallest first")
    private @Nullable Integer rank;

    @Option(names = "--overridable", negatable = true, description = "whether tenants on it may have limits of their own")
    private @Nullable Boolean overridable;

    @Option(names = "--dry-run", description = "only show what would change")
    private boolean dryRun;

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    PlanCreate(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        ObjectNode wanted = fromFile();
        wanted.withObject("/limits").setAll(Limits.typed("--set", set));
        if (rank != null) {
            wanted.put("rank", rank);
        }
        if (overridable != null) {
            wanted.put("overridable", overridable);
        }
        JsonNode present = PlanCommands.newest(cli.registry().get(PlanCommands.PATH).body(), plan);
        JsonNode now = present == null ? MissingNode.getInstance() : present;
        ArrayNode changes = changes(now, wanted);
        var terminal = cli.terminal();
        Printer printer = output.printer(cli);
        if (changes.isEmpty()) {
            terminal.err().println(present == null
                    ? "A new plan needs limits: give --from-file or --set."
                    : "Nothing differs from " + title(present) + ".");
            return present == null ? ExitCode.USAGE : ExitCode.OK;
        }
        if (dryRun && !printer.forPeople()) {
            ObjectNode document = Json.object().put("plan", plan);
            document.set("changes", changes);
            printer.document(document);
            return ExitCode.OK;
        }
        terminal.err().println((present == null ? plan + " is new:" : "What differs from " + title(present) + ":"));
        new Printer(terminal.toPeople(), Format.table).table(changes, Limits.CHANGES);
        if (dryRun) {
            return ExitCode.OK;
        }
        Confirmation.agree(terminal, present == null
                ? "Make the plan " + plan + "?"
                : "Make version " + (now.path("version").asInt() + 1) + " of " + plan + "?", yes);
        JsonNode made = cli.registry().post(PlanCommands.PATH + "/" + Api.encoded(plan) + "/versions",
                body(changes, wanted)).body();
        printer.one(made);
        if (made.path("version").asInt() != now.path("version").asInt() + 1) {
            terminal.err().println(terminal.err(Style.YELLOW, "warning:")
                    + " somebody else made a version meanwhile: compare them by pocket plan versions " + plan);
        }
        return ExitCode.OK;
    }

    private static String title(JsonNode present) {
        return Json.text(present, "/name") + "@" + Json.text(present, "/version");
    }

    private static ArrayNode changes(JsonNode now, ObjectNode wanted) {
        ArrayNode changes = Limits.changes(now.path("limits"), wanted.path("limits"));
        ObjectNode rest = wanted.deepCopy();
        rest.remove("limits");
        return changes.addAll(Limits.changes(now, rest));
    }

    /** What changes and nothing else: all other limits stay those of the newest version. */
    private static ObjectNode body(ArrayNode changes, ObjectNode wanted) {
        ObjectNode body = Json.object();
        ObjectNode limits = body.putObject("limits");
        for (JsonNode change : changes) {
            String name = Json.text(change, "/name");
            (wanted.path("limits").has(name) ? limits : body).set(name, change.path("new"));
        }
        return body;
    }

    /** {@code limits}, and {@code rank} and {@code overridable} where the file has them. */
    private ObjectNode fromFile() {
        ObjectNode wanted = Json.object();
        if (file == null) {
            wanted.putObject("limits");
            return wanted;
        }
        JsonNode read = read(file);
        JsonNode limits = read.has("limits") ? read.path("limits") : read;
        String name = read.has("limits") ? Json.text(read, "/name") : "";
        if (!limits.isObject() || !name.isEmpty() && !name.equals(plan)) {
            throw CliException.usage(file + (limits.isObject() ? " is about the plan " + name : " holds no limits"),
                    "begin one by: pocket plan show " + plan + " -o yaml");
        }
        ObjectNode own = limits.deepCopy();
        own.remove(NOT_LIMITS);
        wanted.set("limits", own);
        for (String field : Set.of("rank", "overridable")) {
            if (read.has("limits") && read.has(field)) {
                wanted.set(field, read.path(field));
            }
        }
        return wanted;
    }

    private static JsonNode read(Path file) {
        try {
            return Json.readYaml(Files.readString(file));
        } catch (IOException e) {
            throw CliException.usage(file + " cannot be read: " + e.getMessage(), "check its path and rights");
        } catch (UncheckedIOException e) {
            throw CliException.usage(file + " is neither JSON nor YAML: " + String.valueOf(e.getMessage()).lines()
                    .findFirst().orElse(""), "begin one by: pocket plan show team -o yaml");
        }
    }
}
