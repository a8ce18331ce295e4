package dev.pocketagent.cli.context;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

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
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket context}. */
@Command(name = "context", aliases = "ctx", description = "Context sources: add, list, sync, show, files, prompt, remove.", subcommands = {
        ContextAdd.class, ContextCommands.ListAll.class, ContextCommands.Sync.class,
        ContextCommands.Show.class,
        ContextCommands.Files.class, ContextCommands.Prompt.class, ContextCommands.Remove.class})
public final class ContextCommands extends Group {

    static final String PATH = "/api/v1/sources";

    /** One existing source, by name or id. */
    static final class Chosen {

        @Mixin
        private TenantOption tenant = new TenantOption();

        @Parameters(index = "0", paramLabel = "SOURCE", description = "name or id")
        private String source = "";

        JsonNode find(Cli cli) {
            if (Cli.isId(source)) {
                return cli.sync().get(PATH + "/" + source).body();
            }
            return tenant.named(source, cli.sync().list(PATH, tenant.query(cli), 1000), "context", "source");
        }

        String path(Cli cli) {
            return PATH + "/" + Json.text(find(cli), "/id");
        }
    }

    /**
     * Has a source looked at now, and waits for it.
     *
     * @param what is done, for people
     * @param cure what to do when it fails
     */
    static void sync(Cli cli, String path, Duration timeout, String what, String cure) {
        Reply accepted = cli.sync().post(path + "/sync", Json.object());
        String operation = Operations.idOf(accepted.body(), accepted.header("Location"));
        try (Progress progress = Progress.on(cli.terminal())) {
            Operations.requireSuccess(Operations.await(cli.sync(), operation, timeout, progress), what, cure);
        }
    }

    /** {@code context list}. */
    @Command(name = "list", aliases = "ls", description = "List sources.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("name", "/name"), Column.text("kind", "/kind"),
                Column.text("state", "/state"), new Column("revision", "/revision", Column.Kind.HASH),
                Column.time("synced", "/syncedAt"), Column.text("from", "/url"), Column.text("id", "/id"));

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
                JsonNode sources = cli.sync().list(PATH, tenant.query(cli), limit.limit());
                output.printer(cli).list(sources,
                        "No sources yet. Add one: pocket context add brain -t TENANT --git URL",
                        TenantColumn.among(COLUMNS, cli, output, tenant, sources));
                return ExitCode.OK;
            });
        }
    }

    /** {@code context sync}. */
    @Command(name = "sync", description = "Fetch now and wait until it is live.")
    static final class Sync implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private Chosen chosen = new Chosen();

        @Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "2m", converter = Converters.Timeout.class, description = "how long to wait (default: 2m)")
        private Duration timeout = Duration.ofMinutes(2);

        Sync(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String path = chosen.path(cli);
            sync(cli, path, timeout, "syncing", "see its state: pocket context show; and the log: pocket logs sync");
            output.printer(cli).one(cli.sync().get(path).body());
            return ExitCode.OK;
        }
    }

    /** {@code context show}. */
    @Command(name = "show", description = "Show a source.")
    static final class Show implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private Chosen chosen = new Chosen();

        Show(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            output.printer(cli).one(cli.sync().get(chosen.path(cli)).body());
            return ExitCode.OK;
        }
    }

    /** {@code context files}. */
    @Command(name = "files", description = "List the files of the live revision, or print one.")
    static final class Files implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("path", "/path"),
                Column.number("bytes", "/sizeBytes"),
                Column.text("executable", "/executable"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private Chosen chosen = new Chosen();

        @Parameters(index = "1", arity = "0..1", paramLabel = "PATH", description = "print this file")
        private String file = "";

        @Option(names = "--prefix", paramLabel = "PREFIX", description = "only files whose path begins so")
        private String prefix = "";

        Files(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String path = chosen.path(cli) + "/files";
            if (!file.isEmpty()) {
                String segments = String.join("/", List.of(file.split("/")).stream().map(Api::encoded).toList());
                cli.terminal().out().print(cli.sync().get(path + "/" + segments).text());
                return ExitCode.OK;
            }
            JsonNode answer = cli.sync().get(path + (prefix.isEmpty() ? "" : "?prefix=" + Api.encoded(prefix))).body();
            JsonNode page = answer.isArray()
                    ? Json.object().set("items", answer)
                    : answer.has("items") ? answer : Json.object().set("items", answer.path("files"));
            output.printer(cli).list(page, "There are no such files.", COLUMNS);
            return ExitCode.OK;
        }
    }

    /** {@code context prompt}. */
    @Command(name = "prompt", description = "Print the context as an agent gets it: one Markdown text.")
    static final class Prompt implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private Chosen chosen = new Chosen();

        Prompt(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String text = cli.sync().get(chosen.path(cli) + "/context/prompt").text();
            cli.terminal().out().print(text.endsWith("\n") ? text : text + "\n");
            return ExitCode.OK;
        }
    }

    /** {@code context remove}. */
    @Command(name = "remove", aliases = {"rm",
            "delete"}, description = "Remove a source; the repository itself is not touched.")
    static final class Remove implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private Chosen chosen = new Chosen();

        @Option(names = "--yes", paramLabel = "NAME", description = "the source's name once more, to confirm without being asked")
        private String confirmed = "";

        Remove(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode found = chosen.find(cli);
            String name = Json.text(found, "/name");
            Confirmation.require(cli.terminal(), "source", name, confirmed);
            String path = PATH + "/" + Json.text(found, "/id");
            cli.sync().delete(path, cli.sync().get(path).header("ETag"));
            cli.terminal().out().println("Removed " + name + ".");
            return ExitCode.OK;
        }
    }
}
