package dev.pocketagent.provisioner.render;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/**
 * Replaces the directives of a template's document. A directive is an object with a single key that starts with a dollar sign:
 *
 * <ul>
 * <li>{@code {$param: name}}: the parameter's value; without a value the place disappears with its key or list item
 * <li>{@code {$text: x}}: the number or flag as text
 * <li>{@code {$bytes: x}}: MiB as bytes
 * <li>{@code {$cpus: x}}: thousandths of a core as cores
 * <li>{@code {$concat: [x, ...]}}: texts and numbers joined to one text
 * <li>{@code {$merge: [x, ...]}}: fields joined, later ones win
 * <li>{@code {$first: [x, ...]}}: the first that has a value
 * <li>{@code {$when: {param: name, then: x}}}: x if the flag is true or the parameter, being no flag, has a value
 * <li>{@code {$unless: {param: name, then: x}}}: x in all other cases
 * </ul>
 *
 * Only the template is searched for directives, never a parameter's value.
 */
public final class Renderer {

    private static final Set<String> DIRECTIVES = Set.of("$param", "$text", "$bytes", "$cpus", "$concat", "$merge",
            "$first", "$when", "$unless");

    private final Map<String, Tree> values;

    private Renderer(Map<String, Tree> values) {
        this.values = values;
    }

    /**
     * @param document the template's document
     * @param values parameters by name; those without a value are not in it
     * @throws IllegalArgumentException when the template misuses a directive: a defect of the template, not of the parameters
     */
    public static Tree.Fields render(Tree.Fields document, Map<String, Tree> values) {
        return new Renderer(values).node(document).filter(Tree.Fields.class::isInstance).map(Tree.Fields.class::cast)
                .orElseThrow(() -> new IllegalArgumentException("a template's document consists of fields"));
    }

    /** The parameters and the two names that the platform gives: {@code @stack} and {@code @tenant}. */
    public static Map<String, Tree> named(Map<String, Tree> values, StackId id) {
        Map<String, Tree> all = new LinkedHashMap<>(values);
        all.put("@stack", Tree.text(id.name()));
        all.put("@tenant", Tree.text(id.tenantSlug()));
        return all;
    }

    private Optional<Tree> node(Tree node) {
        return switch (node) {
            case Tree.Items items -> {
                List<Tree> result = new ArrayList<>();
                items.items().forEach(item -> node(item).ifPresent(result::add));
                yield Optional.of(new Tree.Items(result));
            }
            case Tree.Fields fields -> {
                if (fields.fields().size() == 1) {
                    Map.Entry<String, Tree> only = fields.fields().entrySet().iterator().next();
                    if (only.getKey().startsWith("$")) {
                        yield directive(only.getKey(), only.getValue());
                    }
                }
                Map<String, Tree> result = new LinkedHashMap<>();
                fields.fields().forEach((key, value) -> node(value).ifPresent(v -> result.put(key, v)));
                yield Optional.of(new Tree.Fields(result));
            }
            default -> Optional.of(node);
        };
    }

    private Optional<Tree> directive(String name, Tree argument) {
        return switch (name) {
            case "$param" -> Optional.ofNullable(values.get(text(name, argument)));
            case "$text" ->
                node(argument).map(value -> value instanceof Tree.Secret ? value : Tree.text(scalar(name, value)));
            case "$bytes" -> node(argument)
                    .map(value -> new Tree.Num(number(name, value).multiply(BigDecimal.valueOf(1024 * 1024))));
            case "$cpus" -> node(argument).map(value -> new Tree.Num(number(name, value).movePointLeft(3)));
            case "$concat" -> {
                StringBuilder joined = new StringBuilder();
                for (Tree item : items(name, argument)) {
                    Optional<Tree> value = node(item);
                    if (value.isEmpty()) {
                        yield Optional.empty();
                    }
                    joined.append(scalar(name, value.get()));
                }
                yield Optional.of(Tree.text(joined.toString()));
            }
            case "$merge" -> {
                Map<String, Tree> merged = new LinkedHashMap<>();
                for (Tree item : items(name, argument)) {
                    Optional<Tree> value = node(item);
                    if (value.isPresent()) {
                        if (!(value.get() instanceof Tree.Fields fields)) {
                            throw misuse(name, value.get());
                        }
                        merged.putAll(fields.fields());
                    }
                }
                yield Optional.of(new Tree.Fields(merged));
            }
            case "$first" -> {
                for (Tree item : items(name, argument)) {
                    Optional<Tree> value = node(item);
                    if (value.isPresent()) {
                        yield value;
                    }
                }
                yield Optional.empty();
            }
            case "$when", "$unless" -> {
                if (!(argument instanceof Tree.Fields fields)
                        || !fields.fields().keySet().equals(Set.of("param", "then"))) {
                    throw misuse(name, argument);
                }
                Tree condition = values.get(text(name, fields.fields().get("param")));
                boolean holds = condition instanceof Tree.Flag flag ? flag.value() : condition != null;
                yield holds == name.equals("$when")
                        ? Optional.ofNullable(fields.get("then")).flatMap(this::node)
                        : Optional.empty();
            }
            default -> throw new IllegalArgumentException(
                    "a template uses " + name + "; there are " + String.join(", ", DIRECTIVES));
        };
    }

    private static String text(String directive, @Nullable Tree argument) {
        if (argument instanceof Tree.Text text) {
            return text.value();
        }
        throw new IllegalArgumentException(directive + " needs the name of a parameter");
    }

    private static List<Tree> items(String directive, Tree argument) {
        if (argument instanceof Tree.Items items) {
            return items.items();
        }
        throw misuse(directive, argument);
    }

    private static String scalar(String directive, Tree value) {
        return switch (value) {
            case Tree.Text text -> text.value();
            case Tree.Num number -> number.value().toPlainString();
            case Tree.Flag flag -> String.valueOf(flag.value());
            default -> throw misuse(directive, value);
        };
    }

    private static BigDecimal number(String directive, Tree value) {
        if (value instanceof Tree.Num number) {
            return number.value();
        }
        throw misuse(directive, value);
    }

    private static IllegalArgumentException misuse(String directive, Tree value) {
        return new IllegalArgumentException(directive + " cannot take " + Trees.kind(value));
    }
}
