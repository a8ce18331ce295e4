package dev.pocketagent.cli.model;

import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantOption;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Printer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pocket usage}. */
@Command(name = "usage", description = "What was asked of the models, and what it cost.")
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
    private TenantOption tenant = new TenantOption();

    @Mixin
    private LimitOption limit = new LimitOption();

    @Mixin
    private WatchOption watch = new WatchOption();

    @Option(names = "--summary", description = "totals for each model instead of single requests")
    private boolean summary;

    public UsageCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws InterruptedException {
        return watch.run(cli.terminal(), () -> {
            Printer printer = output.printer(cli);
            String query = tenant.query(cli);
            if (!summary) {
                printer.list(cli.router().list("/api/v1/usage", query, limit.limit()), "Nothing was used yet.", ROWS);
                return ExitCode.OK;
            }
            JsonNode totals = cli.router().get("/api/v1/usage/summary" + (query.isEmpty() ? "" : "?" + query)).body();
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
