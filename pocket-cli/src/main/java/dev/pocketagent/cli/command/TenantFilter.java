package dev.pocketagent.cli.command;

import dev.pocketagent.cli.http.Api;
import picocli.CommandLine.Option;

/** {@code --tenant} where all tenants are meant without it. */
public final class TenantFilter {

    @Option(names = {"-t",
            "--tenant"}, paramLabel = "TENANT", description = "only what is this tenant's, by slug or id (default: $POCKET_TENANT, else all that the key may see)")
    private String tenant = "";

    /** Whether the command line names one. */
    public boolean isGiven() {
        return !tenant.isEmpty();
    }

    /** Whether one tenant's is asked for, on the command line or by the environment. */
    boolean isNarrowed(Cli cli) {
        return isGiven() || !cli.env("POCKET_TENANT").isEmpty();
    }

    /** The id of the tenant that was asked for; empty when none was. */
    public String id(Cli cli) {
        String asked = tenant.isEmpty() ? cli.env("POCKET_TENANT") : tenant;
        return asked.isEmpty() ? "" : cli.tenantId(asked);
    }

    /** As a query without its question mark; empty when no tenant was asked for. */
    public String query(Cli cli) {
        String id = id(cli);
        return id.isEmpty() ? "" : "tenant=" + Api.encoded(id);
    }
}
