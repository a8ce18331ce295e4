package dev.pocketagent.cli.registry;

import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantOption;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pocket audit}. */
@Command(name = "audit", description = "The audit trail: list, verify.", subcommands = {AuditCommands.ListAll.class,
        AuditCommands.Verify.class})
public final class AuditCommands extends Group {

    /** {@code audit list}. */
    @Command(name = "list", aliases = "ls", description = "List audit rows.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.number("seq", "/seq"), Column.time("at", "/at"),
                Column.text("role", "/actorRole"), Column.text("action", "/action"), Column.text("target", "/target"),
                new Column("hash", "/hash", Column.Kind.HASH));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantOption tenant = new TenantOption();

        @Mixin
        private LimitOption limit = new LimitOption();

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            JsonNode rows = cli.registry().list("/api/v1/audit", tenant.query(cli), limit.limit());
            output.printer(cli).list(rows, "Nothing was recorded yet.", COLUMNS);
            return ExitCode.OK;
        }
    }

    /** {@code audit verify}. */
    @Command(name = "verify", description = "Recompute the hash chains and say whether they are intact (exit code 1 if not).")
    static final class Verify implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("tenant", "/tenantId"),
                Column.number("rows", "/rows"),
                new Column("head", "/head", Column.Kind.HASH), Column.text("intact", "/intact"),
                Column.text("first break", "/firstBreak"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantOption tenant = new TenantOption();

        Verify(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            String query = tenant.query(cli);
            JsonNode verdict = cli.registry().get("/api/v1/audit/verify" + (query.isEmpty() ? "" : "?" + query)).body();
            Printer printer = output.printer(cli);
            if (printer.forPeople()) {
                printer.table(verdict.path("tenants"), COLUMNS);
            } else {
                printer.document(verdict);
            }
            return isIntact(verdict) ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    /** Whether every chain in a verdict is intact. */
    public static boolean isIntact(JsonNode verdict) {
        for (JsonNode chain : verdict.path("tenants")) {
            if (!"true".equals(Json.text(chain, "/intact"))) {
                return false;
            }
        }
        return true;
    }
}
