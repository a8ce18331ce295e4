package dev.pocketagent.cli.registry;

import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.Query;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tenant list}. */
@Command(name = "list", aliases = "ls", description = "List tenants; purged ones only when asked for.")
final class TenantList implements Callable<Integer> {

    /** States in which a tenant can be. */
    enum State {
        active, suspended, deleting, deleted
    }

    private static final List<Column> COLUMNS = List.of(Column.text("slug", "/slug"), Column.text("name", "/name"),
            Column.text("plan", "/plan"), Column.number("v", "/planVersion"), Column.text("state", "/state"),
            new Column("over quota", "/overQuota", Column.Kind.FLAG), Column.time("created", "/createdAt"),
            Column.text("id", "/id"));

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Mixin
    private LimitOption limit = new LimitOption();

    @Mixin
    private WatchOption watch = new WatchOption();

    @Option(names = "--state", paramLabel = "STATE", description = "only those in this state: ${COMPLETION-CANDIDATES}")
    private @Nullable State state;

    @Option(names = {"-a", "--all"}, description = "also purged ones (state deleted)")
    private boolean all;

    @Option(names = "--plan", paramLabel = "PLAN", description = "only those on this plan")
    private String plan = "";

    @Option(names = "--over-quota", description = "only those that use more than their plan allows")
    private boolean overQuota;

    @Option(names = {"-q", "--query"}, paramLabel = "TEXT", description = "only those with this in slug or name")
    private String query = "";

    TenantList(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (all && state != null) {
            throw CliException.usage("--all and --state exclude each other", "give one of them");
        }
        String filter = new Query().with("state", state == null ? "" : state.name()).with("plan", plan)
                .with("q", query).with("overQuota", overQuota ? "true" : "").toString();
        return watch.run(cli.terminal(), () -> {
            Api.Kept found = all || state != null
                    ? new Api.Kept(cli.registry().list(TenantCommands.PATH, filter, limit.limit()), 0)
                    : cli.registry().list(TenantCommands.PATH, filter, limit.limit(), TenantList::isThere);
            output.printer(cli).list(found.list(), filter.isEmpty()
                    ? "No tenants yet. Make one: pocket tenant create acme"
                    : "No tenant is like that.", COLUMNS);
            if (found.leftOut() > 0 && output.printer(cli).forPeople()) {
                cli.terminal().err().println("Purged tenants are left out: --all shows them, too.");
            }
            return ExitCode.OK;
        });
    }

    private static boolean isThere(JsonNode tenant) {
        return !Json.text(tenant, "/state").equals(State.deleted.name());
    }
}
