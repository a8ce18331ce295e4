package dev.pocketagent.cli.model;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantColumn;
import dev.pocketagent.cli.command.TenantFilter;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.http.Query;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Printer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pocket usage}. */
@Command(name = "usage", description = "Show what was asked of models, and what it cost.", footer = {"", "Examples:",
        "  pocket usage -t acme                                     its last requests",
        "  pocket usage --summary                                   this month, by model",
        "  pocket usage --summary -t acme --since 2026-10-01 --until 2026-11-01"})
public final class UsageCommand implements Callable<Integer> {

    private static final List<Column> ROWS = List.of(Column.time("at", "/at"), Column.text("model", "/model"),
            Column.text("provider", "/provider"), Column.number("in", "/inputTokens"),
            Column.number("out", "/outputTokens"),
            new Column("cost", "/costMicros", Column.Kind.MICROS), Column.text("status", "/status"),
            new Column("took", "/durationMs", Column.Kind.MILLIS), Column.text("request", "/requestId"));
    private static final List<Column> TOTALS = List.of(Column.text("model", "/model"),
            Column.number("requests", "/requests"),
            Column.number("in", "/inputTokens"), Column.number("out", "/outputTokens"),
            new Column("cost", "/costMicros", Column.Kind.MICROS));

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Mixin
    private TenantFilter tenant = new TenantFilter();

    @Mixin
    private LimitOption limit = new LimitOption();

    @Mixin
    private WatchOption watch = new WatchOption();

    @Option(names = "--summary", description = "totals for each model instead of single requests")
    private boolean summary;

    @Option(names = "--since", paramLabel = "MOMENT", description = "with --summary, from then on: a date, a time in UTC, or how long ago, e.g. 7d (default: the begin of the month)")
    private @Nullable Instant since;

    @Option(names = "--until", paramLabel = "MOMENT", description = "with --summary, before then, written as for --since")
    private @Nullable Instant until;

    public UsageCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (!summary && (since != null || until != null)) {
            throw CliException.usage("--since and --until are for totals", "add --summary");
        }
        return watch.run(cli.terminal(), () -> {
            Printer printer = output.printer(cli);
            String query = tenant.query(cli);
            if (!summary) {
                JsonNode rows = cli.router().list("/api/v1/usage", query, limit.limit());
                printer.list(rows, "Nothing was used yet.", TenantColumn.among(ROWS, cli, output, tenant, rows));
                return ExitCode.OK;
            }
            JsonNode totals = cli.router()
                    .get(new Query().and(query).with("from", since == null ? "" : since.toString())
                            .with("to", until == null ? "" : until.toString()).on("/api/v1/usage/summary"))
                    .body();
            JsonNode models = totals.has("models") ? totals.path("models") : totals.path("items");
            if (printer.forPeople() && !models.isEmpty()) {
                printer.table(models, TOTALS);
            } else {
                printer.one(totals);
            }
            return ExitCode.OK;
        });
    }
}
