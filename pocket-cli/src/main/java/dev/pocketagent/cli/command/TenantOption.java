package dev.pocketagent.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.http.Api;
import picocli.CommandLine.Option;

/** {@code --tenant}: needed with an operator's key, which belongs to no tenant. */
public final class TenantOption {

    @Option(names = {"-t",
            "--tenant"}, paramLabel = "TENANT", description = "slug or id; needed with an operator's key (default: $POCKET_TENANT)")
    private String tenant = "";

    /** What was asked for; empty when nothing was. */
    public String asked(Cli cli) {
        return tenant.isEmpty() ? cli.env("POCKET_TENANT") : tenant;
    }

    /** As a query without its question mark; empty when no tenant was asked for. */
    public String query(Cli cli) {
        String asked = asked(cli);
        return asked.isEmpty() ? "" : "tenant=" + Api.encoded(cli.tenantId(asked));
    }

    /** Adds {@code tenantId} to a request's body when a tenant was asked for. */
    public void into(Cli cli, ObjectNode body) {
        String asked = asked(cli);
        if (!asked.isEmpty()) {
            body.put("tenantId", cli.tenantId(asked));
        }
    }
}
