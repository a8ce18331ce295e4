package dev.pocketagent.provisioner.tree;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A document or a part of one. Equal trees mean the same document; order counts in lists, not in fields. A {@link Secret} can only be
 * made by code: no input ever reads as one, and no output ever writes one.
 */
public sealed interface Tree {

    Tree NOTHING = new Nothing();

    record Text(String value) implements Tree {}

    /** A number without its notation: 1, 1.0 and 1e0 are equal. */
    record Num(BigDecimal value) implements Tree {
        public Num {
            value = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        }

        public boolean whole() {
            return value.scale() <= 0;
        }
    }

    record Flag(boolean value) implements Tree {}

    record Nothing() implements Tree {}

    record Items(List<Tree> items) implements Tree {
        public Items {
            items = List.copyOf(items);
        }
    }

    record Fields(Map<String, Tree> fields) implements Tree {
        public Fields {
            fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }

        public @Nullable Tree get(String key) {
            return fields.get(key);
        }
    }

    /** Stands where a secret will be; the value is somewhere else. */
    record Secret(String reference) implements Tree {}

    static Tree text(String value) {
        return new Text(value);
    }

    static Tree number(long value) {
        return new Num(BigDecimal.valueOf(value));
    }

    static Tree flag(boolean value) {
        return new Flag(value);
    }

    static Items texts(List<String> values) {
        List<Tree> items = new ArrayList<>(values.size());
        for (String value : values) {
            items.add(new Text(value));
        }
        return new Items(items);
    }

    static Fields texts(Map<String, String> values) {
        Map<String, Tree> fields = new LinkedHashMap<>();
        values.forEach((key, value) -> fields.put(key, new Text(value)));
        return new Fields(fields);
    }

    static Fields empty() {
        return new Fields(Map.of());
    }
}
