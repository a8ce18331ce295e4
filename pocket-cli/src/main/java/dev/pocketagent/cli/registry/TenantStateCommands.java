package dev.pocketagent.cli.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.Confirmation;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantParameter;
import dev.pocketagent.cli.http.Query;
import dev.pocketagent.cli.http.Reply;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The verbs of {@code pocket tenant} that move it from one state to another. Each wants a reason. */
final class TenantStateCommands {

    private TenantStateCommands() {}

    /** What all of them take. */
    abstract static class Step implements Callable<Integer> {

        final Cli cli;

        @Mixin
        OutputOption output = new OutputOption();

        @Mixin
        TenantParameter tenant = new TenantParameter();

        @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "kept in the audit trail")
        String reason = "";

        Step(Cli cli) {
            this.cli = cli;
        }

        JsonNode move(String verb) {
            String path = TenantCommands.path(cli.tenantId(tenant.tenant())) + "/" + verb;
            return cli.registry().post(path, Json.object().put("reason", reason)).body();
        }
    }

    /** {@code tenant suspend}. */
    @Command(name = "suspend", description = "Suspend a tenant: its keys are refused everywhere within 5 s, its data stays.")
    static final class Suspend extends Step {

        Suspend(Cli cli) {
            super(cli);
        }

        @Override
        public Integer call() {
            output.printer(cli).one(move("suspend"));
            return ExitCode.OK;
        }
    }

    /** {@code tenant resume}. */
    @Command(name = "resume", description = "Resume a suspended tenant.")
    static final class Resume extends Step {

        Resume(Cli cli) {
            super(cli);
        }

        @Override
        public Integer call() {
            output.printer(cli).one(move("resume"));
            return ExitCode.OK;
        }
    }

    /** {@code tenant undelete}. */
    @Command(name = "undelete", description = "Take back a deletion, until the tenant is purged.")
    static final class Undelete extends Step {

        Undelete(Cli cli) {
            super(cli);
        }

        @Override
        public Integer call() {
            output.printer(cli).one(move("undelete"));
            return ExitCode.OK;
        }
    }

    /** {@code tenant delete}. */
    @Command(name = "delete", aliases = "rm", description = "Delete a tenant: its keys are refused now, and it is purged when its grace is over.")
    static final class Delete extends Step {

        @Option(names = "--yes", paramLabel = "SLUG", description = "the tenant's slug once more, to confirm without being asked")
        private String confirmed = "";

        Delete(Cli cli) {
            super(cli);
        }

        @Override
        public Integer call() {
            Reply found = cli.registry().get(TenantCommands.path(tenant.tenant()));
            String slug = Json.text(found.body(), "/slug");
            Confirmation.require(cli.terminal(), "tenant", slug, confirmed);
            String path = TenantCommands.path(Json.text(found.body(), "/id"));
            JsonNode after = cli.registry().delete(new Query().with("reason", reason).on(path), found.header("ETag"))
                    .body();
            output.printer(cli).one(after);
            String purgeAfter = Json.text(after, "/purgeAfter");
            if (!purgeAfter.isEmpty()) {
                Duration grace = Duration.between(cli.clock().instant(), Instant.parse(purgeAfter));
                var err = cli.terminal().err();
                err.println("It is purged at " + purgeAfter + ", in " + Durations.shown(grace) + ".");
                err.println("Until then, take it back: pocket tenant undelete " + slug + " --reason TEXT");
                err.println("Or purge it at once, for good: pocket tenant purge " + slug + " --reason TEXT");
            }
            return ExitCode.OK;
        }
    }

    /** {@code tenant purge}. */
    @Command(name = "purge", description = "Purge a deleted tenant now, before its grace is over: its data is erased. Nothing brings it back, and the reason goes with it.")
    static final class Purge extends Step {

        @Option(names = "--yes", paramLabel = "SLUG", description = "the tenant's slug once more, to confirm without being asked")
        private String confirmed = "";

        Purge(Cli cli) {
            super(cli);
        }

        @Override
        public Integer call() {
            JsonNode found = cli.tenant(tenant.tenant());
            String slug = Json.text(found, "/slug");
            if (confirmed.isEmpty() && cli.terminal().errIsTerminal()) {
                cli.terminal().err().println("This purges " + Json.text(found, "/name")
                        + " for good: its data is erased, with the key without which its audit details cannot be read.");
            }
            Confirmation.require(cli.terminal(), "purge", "tenant", slug, confirmed);
            JsonNode after = cli.registry().post(TenantCommands.path(Json.text(found, "/id")) + "/purge",
                    Json.object().put("reason", reason).put("confirm", slug)).body();
            output.printer(cli).one(after);
            cli.terminal().err().println("It is purged, and nothing brings it back. That it was there stays on record: "
                    + "pocket audit list -t " + Json.text(found, "/id"));
            return ExitCode.OK;
        }
    }
}
