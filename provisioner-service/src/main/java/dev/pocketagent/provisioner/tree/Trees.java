package dev.pocketagent.provisioner.tree;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Reading, writing and hashing of {@link Tree}s. */
public final class Trees {

    /** Most characters of a YAML document that is read. */
    public static final int MAX_YAML_CHARACTERS = 256 * 1024;
    /** Deepest nesting that is taken from JSON; YAML has the reader's own limit. */
    private static final int MAX_DEPTH = 64;

    private Trees() {}

    /**
     * Reads one YAML 1.2 document, JSON included. Duplicate keys, foreign tags, keys that are not text, and alias bombs are refused.
     *
     * @throws IllegalArgumentException saying what is wrong and where
     */
    public static Tree readYaml(String yaml) {
        LoadSettings settings = LoadSettings.builder()
                .setAllowDuplicateKeys(false)
                .setAllowRecursiveKeys(false)
                .setMaxAliasesForCollections(10)
                .setCodePointLimit(MAX_YAML_CHARACTERS)
                .build();
        try {
            return ofPlain(new Load(settings).loadFromString(yaml));
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("not a YAML document that we read: " + e.getMessage(), e);
        }
    }

    private static Tree ofPlain(@Nullable Object value) {
        return switch (value) {
            case null -> Tree.NOTHING;
            case String text -> new Tree.Text(text);
            case Boolean flag -> new Tree.Flag(flag);
            case Integer number -> Tree.number(number);
            case Long number -> Tree.number(number);
            case BigInteger number -> new Tree.Num(new BigDecimal(number));
            case Double number when Double.isFinite(number.doubleValue()) -> new Tree.Num(BigDecimal.valueOf(number));
            case List<?> list -> {
                List<Tree> items = new ArrayList<>(list.size());
                for (Object item : list) {
                    items.add(ofPlain(item));
                }
                yield new Tree.Items(items);
            }
            case Map<?, ?> map -> {
                Map<String, Tree> fields = new LinkedHashMap<>();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    if (!(entry.getKey() instanceof String key)) {
                        throw new IllegalArgumentException("a key is not text: " + entry.getKey());
                    }
                    fields.put(key, ofPlain(entry.getValue()));
                }
                yield new Tree.Fields(fields);
            }
            default -> throw new IllegalArgumentException("a value of a kind that we do not read: " + value);
        };
    }

    /** @throws IllegalArgumentException when nested too deep */
    public static Tree ofJson(JsonNode json) {
        return ofJson(json, 0);
    }

    private static Tree ofJson(JsonNode json, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("nested deeper than " + MAX_DEPTH);
        }
        if (json.isTextual()) {
            return new Tree.Text(json.textValue());
        }
        if (json.isNumber()) {
            return new Tree.Num(json.decimalValue());
        }
        if (json.isBoolean()) {
            return new Tree.Flag(json.booleanValue());
        }
        if (json.isArray()) {
            List<Tree> items = new ArrayList<>(json.size());
            for (JsonNode item : json) {
                items.add(ofJson(item, depth + 1));
            }
            return new Tree.Items(items);
        }
        if (json.isObject()) {
            Map<String, Tree> fields = new LinkedHashMap<>();
            json.properties().forEach(entry -> fields.put(entry.getKey(), ofJson(entry.getValue(), depth + 1)));
            return new Tree.Fields(fields);
        }
        return Tree.NOTHING;
    }

    /** @throws IllegalStateException when a secret is in it */
    public static JsonNode toJson(Tree tree) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (tree) {
            case Tree.Text text -> nodes.textNode(text.value());
            case Tree.Num number -> number.whole() && number.value().precision() - number.value().scale() < 19
                    ? nodes.numberNode(number.value().longValueExact())
                    : DecimalNode.valueOf(number.value());
            case Tree.Flag flag -> nodes.booleanNode(flag.value());
            case Tree.Nothing nothing -> nodes.nullNode();
            case Tree.Items items -> {
                ArrayNode array = nodes.arrayNode();
                items.items().forEach(item -> array.add(toJson(item)));
                yield array;
            }
            case Tree.Fields fields -> {
                ObjectNode object = nodes.objectNode();
                fields.fields().forEach((key, value) -> object.set(key, toJson(value)));
                yield object;
            }
            case Tree.Secret secret -> throw secretsAreNotWritten();
        };
    }

    /** SHA-256 in hex of the canonical form; equal trees have equal hashes. */
    public static String sha256(Tree tree) {
        StringBuilder canonical = new StringBuilder();
        canonical(tree, canonical);
        return sha256(canonical.toString());
    }

    /** SHA-256 in hex of the text in UTF-8. */
    public static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void canonical(Tree tree, StringBuilder out) {
        switch (tree) {
            case Tree.Text text -> YamlWriter.quote(text.value(), out);
            case Tree.Num number -> out.append(number.value().toPlainString());
            case Tree.Flag flag -> out.append(flag.value());
            case Tree.Nothing nothing -> out.append("null");
            case Tree.Items items -> {
                out.append('[');
                for (Tree item : items.items()) {
                    canonical(item, out);
                    out.append(',');
                }
                out.append(']');
            }
            case Tree.Fields fields -> {
                out.append('{');
                new TreeMap<>(fields.fields()).forEach((key, value) -> {
                    YamlWriter.quote(key, out);
                    out.append(':');
                    canonical(value, out);
                    out.append(',');
                });
                out.append('}');
            }
            case Tree.Secret secret -> throw secretsAreNotWritten();
        }
    }

    static IllegalStateException secretsAreNotWritten() {
        return new IllegalStateException("a secret must be replaced before its document is written");
    }

    /** What a field is called, for messages. */
    public static String kind(Tree tree) {
        return switch (tree) {
            case Tree.Text text -> "text";
            case Tree.Num number -> "a number";
            case Tree.Flag flag -> "true or false";
            case Tree.Nothing nothing -> "nothing";
            case Tree.Items items -> "a list";
            case Tree.Fields fields -> "fields";
            case Tree.Secret secret -> "a secret";
        };
    }

    /** A key as a step of a JSON pointer (RFC 6901). */
    public static String pointer(String parent, Serializable step) {
        return parent + "/" + step.toString().replace("~", "~0").replace("/", "~1");
    }
}
