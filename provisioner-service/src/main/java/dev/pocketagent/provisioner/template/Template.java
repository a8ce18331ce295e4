package dev.pocketagent.provisioner.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.provisioner.tree.Tree;

/**
 * A shipped template.
 *
 * @param version counts up whenever the meaning of the template changes
 * @param parameters JSON schema (2020-12) of the parameters: an object whose properties may carry {@code default},
 *        {@code x-secret: true} and, for secret texts, {@code x-generate: <bytes>}
 * @param exceptions what this template may do although the policy forbids it by default
 * @param document the Compose document with {@code $param} nodes
 */
public record Template(String name, int version, String title, String description, Tree.Fields parameters,
        List<Exemption> exceptions,
        Tree.Fields document) {

    public Template {
        exceptions = List.copyOf(exceptions);
    }

    /**
     * One exception from the policy.
     *
     * @param rule id of the policy's rule
     * @param service the service that it is for
     * @param reason why it is needed, for people
     */
    public record Exemption(String rule, String service, String reason) {}

    /**
     * One parameter as its schema describes it.
     *
     * @param secret its value, or each value of its map, is a secret
     * @param generateBytes so many random bytes make a value when none is given; 0: none is made
     */
    public record Parameter(String name, Optional<Tree> byDefault, boolean required, boolean secret,
            int generateBytes) {}

    /** @throws IllegalArgumentException naming what the document lacks */
    public static Template of(Tree tree) {
        Tree.Fields root = fields(tree, "template");
        List<Exemption> exceptions = new ArrayList<>();
        if (root.get("exceptions") instanceof Tree.Items items) {
            for (Tree item : items.items()) {
                Tree.Fields fields = fields(item, "exception");
                exceptions.add(new Exemption(text(fields, "rule"), text(fields, "service"), text(fields, "reason")));
            }
        }
        Tree version = root.get("version");
        if (!(version instanceof Tree.Num number) || !number.whole()) {
            throw new IllegalArgumentException("a template has a whole number as version");
        }
        return new Template(text(root, "name"), number.value().intValueExact(), text(root, "title"),
                text(root, "description"),
                fields(root.get("parameters"), "parameters"), exceptions, fields(root.get("document"), "document"));
    }

    /** The parameters by name, in the order of the schema. */
    public Map<String, Parameter> parameterList() {
        List<String> required = parameters.get("required") instanceof Tree.Items names
                ? names.items().stream().map(n -> n instanceof Tree.Text t ? t.value() : "").toList()
                : List.of();
        Map<String, Parameter> list = new LinkedHashMap<>();
        fields(parameters.get("properties"), "properties").fields().forEach((name, schema) -> {
            Tree.Fields fields = fields(schema, name);
            list.put(name, new Parameter(name, Optional.ofNullable(fields.get("default")), required.contains(name),
                    Tree.flag(true).equals(fields.get("x-secret")),
                    fields.get("x-generate") instanceof Tree.Num bytes ? bytes.value().intValueExact() : 0));
        });
        return Collections.unmodifiableMap(list);
    }

    private static Tree.Fields fields(@Nullable Tree tree, String what) {
        if (tree instanceof Tree.Fields fields) {
            return fields;
        }
        throw new IllegalArgumentException("a template has fields as " + what);
    }

    private static String text(Tree.Fields fields, String key) {
        if (fields.get(key) instanceof Tree.Text text) {
            return text.value();
        }
        throw new IllegalArgumentException("a template has a text as " + key);
    }
}
