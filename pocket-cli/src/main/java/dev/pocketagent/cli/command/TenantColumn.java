package dev.pocketagent.cli.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.http.UnreachableException;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;

/** Whose each row is, in lists over all tenants: second column, for people only. */
public final class TenantColumn {

    /** Whose the rows about the platform itself are. */
    public static final String PLATFORM = "00000000-0000-0000-0000-000000000000";

    /** One page: tenants beyond it are shown by id. */
    private static final int LOOKED_UP = 200;
    private static final String FIELD = "tenantShown";

    private TenantColumn() {}

    /**
     * The columns of a list, with the tenant where it is not clear.
     *
     * @param list its items get the tenant's slug, or its id where the registry does not tell
     */
    public static List<Column> among(List<Column> columns, Cli cli, OutputOption output, TenantFilter filter,
            JsonNode list) {
        if (isClear(cli, output, filter, list)) {
            return columns;
        }
        Map<String, String> slugs = slugs(cli);
        for (JsonNode item : list.path("items")) {
            String id = Json.text(item, "/tenantId");
            if (item instanceof ObjectNode row && !id.isEmpty()) {
                row.put(FIELD, slugs.getOrDefault(id, id));
            }
        }
        return with(columns, 1);
    }

    /**
     * The same for a list of the registry's, whose items bring {@code tenantSlug} themselves where there is one.
     *
     * @param place of the new column
     */
    public static List<Column> named(List<Column> columns, int place, Cli cli, OutputOption output,
            TenantFilter filter, JsonNode list) {
        if (isClear(cli, output, filter, list)) {
            return columns;
        }
        list.path("items").forEach(TenantColumn::name);
        return with(columns, place);
    }

    /** Gives an item its tenant in a word: the slug, or the id of a purged one, or what is no tenant's. */
    private static void name(JsonNode item) {
        String id = Json.text(item, "/tenantId");
        String slug = Json.text(item, "/tenantSlug");
        if (item instanceof ObjectNode row) {
            row.put(FIELD, !slug.isEmpty() ? slug : id.isEmpty() || id.equals(PLATFORM) ? "(platform)" : id);
        }
    }

    private static boolean isClear(Cli cli, OutputOption output, TenantFilter filter, JsonNode list) {
        return !output.printer(cli).forPeople() || filter.isNarrowed(cli) || list.path("items").isEmpty()
                || isTenants(cli.key());
    }

    private static List<Column> with(List<Column> columns, int place) {
        var all = new ArrayList<>(columns);
        all.add(place, Column.text("tenant", "/" + FIELD));
        return all;
    }

    /** Whether the key sees one tenant only. */
    private static boolean isTenants(String key) {
        return key.startsWith("pocket_tn_") || key.startsWith("pocket_ag_");
    }

    private static Map<String, String> slugs(Cli cli) {
        var slugs = new HashMap<String, String>();
        try {
            cli.registry().list("/api/v1/tenants", "", LOOKED_UP).path("items")
                    .forEach(tenant -> slugs.put(Json.text(tenant, "/id"), Json.text(tenant, "/slug")));
        } catch (ApiException | UnreachableException _) {
            // not this key's to see, or no registry there: ids will do
        }
        return slugs;
    }
}
