package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.LimitOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantParameter;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.Query;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket reservation}. */
@Command(name = "reservation", description = "Reservations, what is held of quotas: list, show, release.", subcommands = {
        ReservationCommands.Confirm.class, ReservationCommands.Create.class, ReservationCommands.ListAll.class,
        ReservationCommands.Release.class, ReservationCommands.Show.class}, footer = {"",
                "The services make, confirm and release reservations by themselves, and take anew what they lack. By hand this is for looking into a quota that seems wrong: an open one frees itself when it expires."})
public final class ReservationCommands extends Group {

    /** Where a reservation stands. */
    enum State {
        open, confirmed, released, expired, replaced
    }

    private static String path(String reservation) {
        return "/api/v1/reservations/" + Api.encoded(reservation);
    }

    /** {@code reservation list}. */
    @Command(name = "list", aliases = "ls", description = "List the reservations of a tenant.")
    static final class ListAll implements Callable<Integer> {

        private static final List<Column> COLUMNS = List.of(Column.text("holder", "/holder"),
                Column.text("state", "/state"), new Column("amounts", "/amounts", Column.Kind.PAIRS),
                Column.time("created", "/createdAt"), Column.time("expires", "/expiresAt"), Column.text("id", "/id"));

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantParameter tenant = new TenantParameter();

        @Mixin
        private LimitOption limit = new LimitOption();

        @Mixin
        private WatchOption watch = new WatchOption();

        @Option(names = "--state", paramLabel = "STATE", description = "only those in this state: ${COMPLETION-CANDIDATES}")
        private @Nullable State state;

        @Option(names = "--holder", paramLabel = "HOLDER", description = "only those for this, e.g. stack/<id>")
        private String holder = "";

        ListAll(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() throws InterruptedException {
            String path = TenantCommands.path(cli.tenantId(tenant.tenant())) + "/reservations";
            String filter = new Query().with("state", state == null ? "" : state.name()).with("holder", holder)
                    .toString();
            return watch.run(cli.terminal(), () -> {
                output.printer(cli).list(cli.registry().list(path, filter, limit.limit()),
                        "Nothing is reserved" + (filter.isEmpty() ? "." : " like that."), COLUMNS);
                return ExitCode.OK;
            });
        }
    }

    /** {@code reservation create}. */
    @Command(name = "create", description = "Reserve part of a tenant's quota.")
    static final class Create implements Callable<Integer> {

        private final Cli cli;

        @Mixin
        private OutputOption output = new OutputOption();

        @Mixin
        private TenantParameter tenant = new TenantParameter();

        @Option(names = "--holder", paramLabel = "HOLDER", required = true, description = "what it is for, e.g. stack/<id>")
        private String holder = "";

        @Option(names = "--amount", paramLabel = "NAME=N", required = true, completionCandidates = Candidates.Resources.class, description = "how much of what, e.g. stacks=1; may be repeated")
        private Map<String, Integer> amounts = new LinkedHashMap<>();

        @Option(names = "--ttl", paramLabel = "DURATION", description = "how long it stays open, from 5s to 24h (default: 15m)")
        private @Nullable Duration ttl;

        @Option(names = "--replaces", paramLabel = "RESERVATION", description = "id of the confirmed one that it takes over from")
        private String replaces = "";

        Create(Cli cli) {
            this.cli = cli;
        }

        @Override
        public Integer call() {
            ObjectNode body = Json.object().put("holder", holder);
            ObjectNode each = body.putObject("amounts");
            amounts.forEach(each::put);
            if (ttl != null) {
                body.put("ttlSeconds", ttl.toSeconds());
            }
            if (!replaces.isEmpty()) {
                body.put("replaces", replaces);
            }
            String path = TenantCommands.path(cli.tenantId(tenant.tenant())) + "/reservations";
            output.printer(cli).one(cli.registry().post(path, body).body());
            return ExitCode.OK;
        }
    }

    /** What show, confirm and release take. */
    abstract static class One implements Callable<Integer> {

        final Cli cli;

        @Mixin
        OutputOption output = new OutputOption();

        @Parameters(paramLabel = "RESERVATION", description = "id, as pocket reservation list shows it")
        String reservation = "";

        One(Cli cli) {
            this.cli = cli;
        }

        int move(String verb) {
            output.printer(cli).one(cli.registry().post(path(reservation) + "/" + verb, Json.object()).body());
            return ExitCode.OK;
        }
    }

    /** {@code reservation show}. */
    @Command(name = "show", description = "Show a reservation.")
    static final class Show extends One {

        Show(Cli cli) {
            super(cli);
        }

        @Override
        public Integer call() {
            output.printer(cli).one(cli.registry().get(path(reservation)).body());
            return ExitCode.OK;
        }
    }

    /** {@code reservation confirm}. */
    @Command(name = "confirm", description = "Make an open reservation a lasting one.")
    static final class Confirm extends One {

        Confirm(Cli cli) {
            super(cli);
        }

        @Override
        public Integer call() {
            return move("confirm");
        }
    }

    /** {@code reservation release}. */
    @Command(name = "release", description = "Give back what a reservation holds.")
    static final class Release extends One {

        Release(Cli cli) {
            super(cli);
        }

        @Override
        public Integer call() {
            return move("release");
        }
    }
}
