package dev.pocketagent.cli.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantParameter;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Terminal.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tenant quota}. */
@Command(name = "quota", description = "Show what a tenant may use, uses, and has reserved.")
public final class TenantQuota implements Callable<Integer> {

    static final List<Column> COLUMNS = List.of(Column.text("resource", "/resource"), Column.number("limit", "/limit"),
            Column.number("used", "/used"), Column.number("reserved", "/reserved"),
            Column.number("available", "/available"), new Column("over", "/over", Column.Kind.FLAG));

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Mixin
    private TenantParameter tenant = new TenantParameter();

    @Mixin
    private WatchOption watch = new WatchOption();

    TenantQuota(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws InterruptedException {
        String path = TenantCommands.path(cli.tenantId(tenant.tenant())) + "/quota";
        return watch.run(cli.terminal(), () -> {
            JsonNode quota = cli.registry().get(path).body();
            Printer printer = output.printer(cli);
            if (printer.forPeople()) {
                printer.table(rows(quota), COLUMNS);
            } else {
                printer.document(quota);
            }
            if (quota.path("overQuota").asBoolean()) {
                warn(cli, tenant.tenant());
            }
            return ExitCode.OK;
        });
    }

    /** What a tenant may use and uses; null for one that has no quota any more. */
    public static @Nullable JsonNode find(Cli cli, String tenantId) {
        try {
            return cli.registry().get(TenantCommands.path(tenantId) + "/quota").body();
        } catch (ApiException e) {
            if (e.status() == 404 || e.status() == 409) {
                return null;
            }
            throw e;
        }
    }

    static ArrayNode rows(JsonNode quota) {
        ArrayNode rows = Json.array();
        for (var resource : quota.path("resources").properties()) {
            ObjectNode row = rows.addObject().put("resource", resource.getKey());
            row.setAll((ObjectNode) resource.getValue());
        }
        return rows;
    }

    static void warn(Cli cli, String tenant) {
        var terminal = cli.terminal();
        terminal.err().println(terminal.err(Style.YELLOW, "over quota:") + " " + tenant
                + " keeps what it has, and gets nothing new until it fits");
    }

    /** What is in use, in one line, such as {@code stacks 1 of 10, keys 2 of 50}; empty when nothing is. */
    public static String summary(JsonNode quota) {
        var parts = new ArrayList<String>();
        for (JsonNode row : rows(quota)) {
            long taken = row.path("used").asLong() + row.path("reserved").asLong();
            if (taken > 0) {
                parts.add(Json.text(row, "/resource") + " " + taken + " of " + Json.text(row, "/limit"));
            }
        }
        return String.join(", ", parts);
    }
}
