package dev.pocketagent.cli.command;

import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Json;
import picocli.CommandLine.Option;

/** {@code --tenant}: needed with an operator's key, which belongs to no tenant. */
public final class TenantOption {

    @Option(names = {"-t",
            "--tenant"}, paramLabel = "TENANT", description = "whose, by slug or id (default: $POCKET_TENANT, else the key's own tenant)")
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

    /**
     * The item of a list that has this name.
     *
     * @param noun of the command, for example {@code stack}
     * @param what it is, for people
     * @throws CliException when none has it, or those of several tenants: an operator's key sees all of them
     */
    public JsonNode named(String name, JsonNode list, String noun, String what) {
        List<JsonNode> found = list.path("items").valueStream().filter(each -> Json.text(each, "/name").equals(name))
                .toList();
        if (found.isEmpty()) {
            throw new CliException(ExitCode.NOT_FOUND, "there is no " + what + " \"" + name + "\"",
                    "see them: pocket " + noun + " list");
        }
        if (found.size() > 1) {
            throw CliException.usage("several tenants have a " + what + " \"" + name + "\"",
                    "say whose: --tenant TENANT; or give its id, as pocket " + noun + " list shows it");
        }
        return found.getFirst();
    }

    /** Adds {@code tenantId} to a request's body when a tenant was asked for. */
    public void into(Cli cli, ObjectNode body) {
        String asked = asked(cli);
        if (!asked.isEmpty()) {
            body.put("tenantId", cli.tenantId(asked));
        }
    }
}
