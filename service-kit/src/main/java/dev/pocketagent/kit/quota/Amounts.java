package dev.pocketagent.kit.quota;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * How much of which resource.
 *
 * @param named by the registry's names and in its units: {@code stacks}, {@code cpuMillis}, {@code memoryMib}, {@code volumes},
 *     {@code sources} and so on; above 0, what is not named is 0
 */
public record Amounts(Map<String, Integer> named) {

    /** Nothing of anything. */
    public static final Amounts NONE = new Amounts(Map.of());

    public Amounts {
        Map<String, Integer> present = new TreeMap<>();
        named.forEach((name, amount) -> {
            if (amount < 0) {
                throw new IllegalArgumentException(name + " must not be below 0");
            }
            if (amount > 0) {
                present.put(name, amount);
            }
        });
        named = Collections.unmodifiableMap(present);
    }

    /** How much of this resource. */
    public int of(String name) {
        return named.getOrDefault(name, 0);
    }

    /** Whether this is more of anything. */
    public boolean exceeds(Amounts other) {
        return named.entrySet().stream().anyMatch(entry -> entry.getValue() > other.of(entry.getKey()));
    }

    @Override
    public String toString() {
        return named.toString();
    }

    /** As {@link #json()} makes it, and as the registry does; what is no number is left out. */
    static Amounts of(JsonNode json) {
        Map<String, Integer> named = new TreeMap<>();
        json.properties().forEach(property -> {
            if (property.getValue().canConvertToInt()) {
                named.put(property.getKey(), property.getValue().asInt());
            }
        });
        return new Amounts(named);
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        named.forEach(json::put);
        return json;
    }
}
