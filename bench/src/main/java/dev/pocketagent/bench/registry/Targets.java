package dev.pocketagent.bench.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.bench.load.Numbers;
import dev.pocketagent.cli.output.Json;

/** What the registry is to reach on the whole data set, and how figures grew from the small one to it. */
final class Targets {

    private static final double P99_MILLIS = 10;
    private static final long WARM_KEYS_A_SECOND = 10_000;
    private static final long CREATED_A_SECOND = 300;
    private static final long CHECKED_ROWS_A_SECOND = 200_000;

    private Targets() {}

    /** Fills "targets"; tells whether all are met. */
    static boolean judge(ObjectNode document) {
        ArrayNode targets = document.putArray("targets");
        JsonNode full = document.at("/full/figures");
        boolean all = true;
        for (String name : Measurement.names(full.path("requests"))) {
            JsonNode figures = full.path("requests").path(name);
            all &= below(targets.addObject(), name + ": p99", figures);
        }
        all &= above(targets.addObject(), "keys checked from memory, one thread", document.at("/warmKeys/perSecond"),
                WARM_KEYS_A_SECOND, "a second");
        all &= above(targets.addObject(), "tenants created", full.at("/create/perSecond"), CREATED_A_SECOND,
                "a second");
        all &= above(targets.addObject(), "audit rows checked, one chain", full.at("/auditChain/rowsPerSecond"),
                CHECKED_ROWS_A_SECOND, "a second");
        all &= above(targets.addObject(), "audit rows checked, all chains", full.at("/auditAll/rowsPerSecond"),
                CHECKED_ROWS_A_SECOND, "a second");
        return all;
    }

    private static boolean below(ObjectNode node, String name, JsonNode figures) {
        double value = figures.path("p99Millis").asDouble();
        boolean met = value < P99_MILLIS && figures.path("failed").asLong() == 0
                && figures.path("requests").asLong() > 0;
        node.put("name", name).put("value", value).put("limit", P99_MILLIS).put("unit", "ms, below").put("met", met);
        return met;
    }

    private static boolean above(ObjectNode node, String name, JsonNode value, long limit, String unit) {
        boolean met = value.isNumber() && value.asDouble() >= limit;
        node.put("name", name).put("value", value.asDouble()).put("limit", limit).put("unit", unit + ", at least")
                .put("met", met);
        return met;
    }

    /** How many times slower each thing is on the whole data set than on 1 % of it. */
    static ObjectNode growth(JsonNode small, JsonNode full) {
        ObjectNode node = Json.object();
        for (String name : Measurement.names(full.path("requests"))) {
            JsonNode before = small.path("requests").path(name);
            JsonNode after = full.path("requests").path(name);
            if (before.isObject()) {
                node.putObject(name).put("p50", ratio(after.path("p50Millis"), before.path("p50Millis")))
                        .put("p99", ratio(after.path("p99Millis"), before.path("p99Millis")));
            }
        }
        node.putObject("create").put("each", ratio(small.at("/create/perSecond"), full.at("/create/perSecond")));
        node.putObject("auditChain")
                .put("each", ratio(small.at("/auditChain/rowsPerSecond"), full.at("/auditChain/rowsPerSecond")));
        node.putObject("auditAll")
                .put("each", ratio(small.at("/auditAll/rowsPerSecond"), full.at("/auditAll/rowsPerSecond")));
        return node;
    }

    private static double ratio(JsonNode one, JsonNode other) {
        return other.asDouble() == 0 ? 0 : Numbers.rounded(one.asDouble() / other.asDouble(), 2);
    }
}
