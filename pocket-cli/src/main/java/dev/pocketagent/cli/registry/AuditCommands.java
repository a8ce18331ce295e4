package dev.pocketagent.cli.registry;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.FileOption;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantColumn;
import dev.pocketagent.cli.command.TenantFilter;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.Query;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Progress;
import dev.pocketagent.cli.output.Terminal;
import dev.pocketagent.cli.output.Transfer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pocket audit}: reading the trail. Checking it is in {@link AuditVerify} and {@link AuditHeads}. */
@Command(name = "audit", description = "The audit trail: list, export, verify.", subcommands = {
        AuditCommands.Export.class, AuditCommands.ListAll.class, AuditHeads.class, AuditVerify.class})
public final class AuditCommands extends Group {

    static final String PATH = "/api/v1/audit";

    /** Which rows. */
    static final class Filter {

        @Mixin
        private TenantFilter tenant = new TenantFilter();

        @Option(names = "--platform", description = "only rows about the platform itself, which are no tenant's")
        private boolean platform;

        @Option(names = "--action", paramLabel = "ACTION", completionCandidates = Candidates.Actions.class, description = "e.g. tenant.suspend, or tenant.* for all about tenants")
        private String action = "";

        @Option(names = "--actor", paramLabel = "KEY", description = "only what was done with this key, by id")
        private String actor = "";

        @Option(names = "--target", paramLabel = "TARGET", description = "only what was done to this, e.g. key/<id>")
        private String target = "";

        @Option(names = "--since", paramLabel = "MOMENT", description = "only rows from then on: a date, a time in UTC, or how long ago, e.g. 7d")
        private @Nullable Instant since;

        @Option(names = "--until", paramLabel = "MOMENT", description = "only rows before then, written as for --since")
        private @Nullable Instant until;

        /** What to say when there are no such rows: a trail may hold any action, so a mistyped one is no error. */
        String nothing() {
            for (String known : new Candidates.Actions()) {
                if (action.isEmpty() || action.equals(known)) {
                    return "Nothing like that was recorded.";
                }
            }
            return "Nothing like that was recorded. Is \"" + action
                    + "\" an action? They are called like tenant.suspend, and groups of them like tenant.*";
        }

        List<Column> columns(List<Column> columns, Cli cli, OutputOption output, JsonNode rows) {
            return platform ? columns : TenantColumn.named(columns, 2, cli, output, tenant, rows);
        }

        Query query(Cli cli) {
            if (platform && tenant.isGiven()) {
                throw CliException.usage("--platform and --tenant exclude each other", "give one of them");
            }
            return new Query().and(platform ? "tenant=" + TenantColumn.PLATFORM : tenant.query(cli))
                    .with("action", action)
                    .with("actor", actor).with("target", target).with("from", since == null ? "" : since.toString())
                    .with("to", until == null ? "" : until.toString());
        }
    }

    /** {@code audit list}. */
    @Command(name = "list", aliases = "ls", description = "List audit rows, newest first.", footer = {"",
            "Examples:", "  pocket audit list -t acme --action 'tenant.*' --since 30d",
            "  pocket audit list --actor KEY --until 2026-11-01"})
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.number("seq", "/seq"), Column.time("at", "/at"),
                Column.text("by", "/actorName"), Column.text("role", "/actorRole"), Column.text("action", "/action"),
                Column.text("target", "/target"),
                new Column("detail", "/detail", Column.Kind.PAIRS), new Column("hash", "/hash", Column.Kind.HASH),
                new Column("key", "/actorKeyId", Column.Kind.ID));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private Filter filter = new Filter();

        @Mixin
        private LimitOption limit = new LimitOption();

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String query = filter.query(cli).toString();
            JsonNode rows = cli.registry().list(PATH, query, limit.limit());
            output.printer(cli).list(rows, query.isEmpty()
                    ? "Nothing was recorded yet."
                    : filter.nothing(), filter.columns(COLUMNS, cli, output, rows));
            return ExitCode.OK;
        }
    }

    /** {@code audit export}. */
    @Command(name = "export", description = "Fetch all rows as CSV or JSON lines.", footer = {"",
            "Without -f the rows go to standard output."})
    static final class Export implements Callable<Integer> {

        private static final Duration PATIENCE = Duration.ofMinutes(10);

        /** As the API names them. */
        enum Format {
            csv, jsonl
        }

        private final Cli cli;

        @Mixin
        private FileOption file = new FileOption();

        @Mixin
        private Filter filter = new Filter();

        @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "jsonl", description = "${COMPLETION-CANDIDATES} (default: jsonl)")
        private Format format = Format.jsonl;

        Export(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String path = filter.query(cli).with("format", format.name()).on(PATH + "/export");
            Api registry = cli.registry().patient(PATIENCE);
            Terminal terminal = cli.terminal();
            Path target = file.file();
            if (target == null) {
                registry.download(path, terminal.out(), _ -> {
                });
                terminal.out().flush();
                return ExitCode.OK;
            }
            try (Progress progress = Progress.on(terminal)) {
                Progress.Row row = progress.row("export");
                row.working("asking the registry");
                var transfer = new Transfer(terminal, row);
                file.write(target, stream -> copy(registry, path, stream, transfer), _ -> {
                });
                row.done(transfer.result());
            }
            terminal.out().println(target);
            return ExitCode.OK;
        }

        private static void copy(Api registry, String path, OutputStream stream, Transfer transfer)
                throws IOException {
            registry.download(path, stream, transfer);
            stream.flush();
        }
    }

    /** Whether every chain in a verdict is intact. */
    public static boolean isIntact(JsonNode verdict) {
        boolean intact = !"false".equals(Json.text(verdict, "/intact"));
        for (JsonNode chain : verdict.path("tenants")) {
            intact &= "true".equals(Json.text(chain, "/intact"));
        }
        return intact;
    }
}
