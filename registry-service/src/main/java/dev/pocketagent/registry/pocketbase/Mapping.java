package dev.pocketagent.registry.pocketbase;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.registry.pocketbase.RemoteRecord.FieldError;
import dev.pocketagent.registry.tenant.TenantState;
import dev.pocketagent.registry.tenant.Tenants;

/**
 * How a record reads in the registry's words, and the registry's values in PocketBase's.
 *
 * @param externalIds fields that get external ids, by the id's name
 * @param states what PocketBase's states mean
 * @param plans what PocketBase's plans are called here
 * @param writeBack parts that are written when the registry changed them
 */
record Mapping(Names names, Map<String, String> externalIds, Map<String, TenantState> states, Map<String, String> plans,
        @Nullable String defaultPlan, Set<Part> writeBack) {

    /** Fields of a record. */
    record Names(String slug, String name, String plan, String state, String tenantId, String lastError) {

        String of(Part part) {
            return switch (part) {
                case NAME -> name;
                case PLAN -> plan;
                case STATE -> state;
            };
        }
    }

    /** As the API takes a tenant's name. */
    private static final int LONGEST_NAME = 100;
    /** Nothing that is mapped is longer; more is cut, so that a list stays small in memory. */
    private static final int LONGEST_TEXT = 500;
    /** PocketBase's own are 15 letters and digits; other patterns can be set. It becomes part of addresses and filters. */
    private static final Pattern RECORD_ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    Mapping {
        externalIds = Map.copyOf(externalIds);
        states = Map.copyOf(states);
        plans = Map.copyOf(plans);
        writeBack = Set.copyOf(writeBack);
    }

    /** All mapped fields. */
    Set<String> fields() {
        Set<String> all = new TreeSet<>(externalIds.values());
        all.addAll(List.of(names.slug, names.name, names.plan, names.state, names.tenantId, names.lastError));
        return all;
    }

    static boolean isRecordId(String text) {
        return RECORD_ID.matcher(text).matches();
    }

    /**
     * Reads a record. What cannot be used is in its errors.
     *
     * @param knownPlans names of the registry's plans
     */
    RemoteRecord read(JsonNode item, Collection collection, Set<String> knownPlans) {
        List<FieldError> errors = new ArrayList<>();
        Map<String, String> raw = new HashMap<>();
        for (String field : fields()) {
            if (collection.has(field)) {
                raw.put(field, text(field, item.path(field), errors));
            }
        }
        String slug = raw.getOrDefault(names.slug, "");
        if (!Tenants.isSlug(slug)) {
            errors.add(new FieldError(names.slug,
                    slug.isEmpty()
                            ? "is empty"
                            : "must be 1 to 40 small letters, digits and hyphens, begin with a letter and not end with a"
                                    + " hyphen"));
        }
        String tenantId = blankToNull(raw.get(names.tenantId));
        return new RemoteRecord(item.path("id").asText(), slug,
                new Values(name(raw, errors), plan(raw, knownPlans, errors), state(raw, errors)), tenantId, raw,
                errors);
    }

    private @Nullable String name(Map<String, String> raw, List<FieldError> errors) {
        String name = blankToNull(raw.get(names.name));
        if (name != null && name.length() > LONGEST_NAME) {
            errors.add(new FieldError(names.name, "must have at most " + LONGEST_NAME + " characters"));
        }
        return name;
    }

    private @Nullable String plan(Map<String, String> raw, Set<String> knownPlans, List<FieldError> errors) {
        String word = blankToNull(raw.get(names.plan));
        if (word == null) {
            return null;
        }
        String plan = plans.getOrDefault(word, word);
        if (!knownPlans.contains(plan)) {
            errors.add(new FieldError(names.plan, "'" + word + "' is no plan; known are "
                    + String.join(", ", new TreeSet<>(knownPlans)) + ", or map it with plans." + word));
        }
        return plan;
    }

    private @Nullable String state(Map<String, String> raw, List<FieldError> errors) {
        String word = blankToNull(raw.get(names.state));
        if (word == null) {
            return null;
        }
        TenantState state = states.get(word);
        if (state == null) {
            state = TenantState.ofText(word).orElse(null);
        }
        if (state == null) {
            errors.add(new FieldError(names.state,
                    "'" + word + "' is no state; map it with states." + word + " to active or suspended"));
            return null;
        }
        return state.text();
    }

    /**
     * A value in PocketBase's words.
     *
     * @return null when the record's field takes none of the words that would do
     */
    @Nullable
    String word(Part part, String value, Collection collection) {
        Stream<String> candidates = switch (part) {
            case NAME -> Stream.of(value);
            case PLAN -> words(new TreeMap<>(plans), value);
            case STATE -> {
                Map<String, String> words = new TreeMap<>();
                states.forEach((word, state) -> words.put(word, state.text()));
                yield words(words, value);
            }
        };
        return candidates.filter(word -> collection.takes(names.of(part), word)).findFirst().orElse(null);
    }

    /** Mapped words in alphabetical order, then our own, unless it means something else there. */
    private static Stream<String> words(Map<String, String> meanings, String value) {
        return Stream.concat(
                meanings.entrySet().stream().filter(entry -> entry.getValue().equals(value)).map(Map.Entry::getKey),
                meanings.containsKey(value) ? Stream.empty() : Stream.of(value));
    }

    /** The text with U+FFFD for each control character: PostgreSQL takes U+0000 in no text, and not even escaped in JSON. */
    static String printable(String text) {
        return CONTROL.matcher(text).replaceAll("\uFFFD");
    }

    private String text(String field, JsonNode value, List<FieldError> errors) {
        if (value.isArray()) {
            if (value.size() > 1) {
                errors.add(new FieldError(field, "holds several values, and one is needed"));
            }
            return value.isEmpty() ? "" : text(field, value.get(0), errors);
        }
        if (value.isObject()) {
            errors.add(new FieldError(field, "must be a text"));
            return "";
        }
        String text = value.isNull() ? "" : value.asText().strip();
        if (text.length() > LONGEST_TEXT) {
            text = text.substring(0, LONGEST_TEXT);
        }
        String printable = printable(text);
        // The text about errors is ours, and written anew.
        if (!printable.equals(text) && !field.equals(names.lastError)) {
            errors.add(new FieldError(field, "must be one line, without control characters"));
        }
        return printable;
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }
}
