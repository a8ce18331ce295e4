package dev.pocketagent.provisioner.tree;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes a tree as block YAML that YAML 1.1 readers (PyYAML in docker-compose 1 and podman-compose) and YAML 1.2 readers understand
 * alike: every text value is double-quoted, so that {@code no}, {@code 0755} or {@code 1:30} stay text.
 */
public final class YamlWriter {

    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");
    /** Words that YAML 1.1 takes for something else than text. */
    private static final Set<String> NOT_TEXT = Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");

    private YamlWriter() {}

    /** @throws IllegalStateException when a secret is in it */
    public static String write(Tree tree) {
        StringBuilder out = new StringBuilder();
        if (isBlock(tree)) {
            block(tree, 0, out);
        } else {
            inline(tree, out);
            out.append('\n');
        }
        return out.toString();
    }

    private static boolean isBlock(Tree tree) {
        return switch (tree) {
            case Tree.Items items -> !items.items().isEmpty();
            case Tree.Fields fields -> !fields.fields().isEmpty();
            default -> false;
        };
    }

    private static void block(Tree tree, int indent, StringBuilder out) {
        switch (tree) {
            case Tree.Fields fields -> {
                for (Map.Entry<String, Tree> entry : fields.fields().entrySet()) {
                    out.repeat(' ', indent);
                    key(entry.getKey(), out);
                    value(entry.getValue(), indent, out);
                }
            }
            case Tree.Items items -> {
                for (Tree item : items.items()) {
                    out.repeat(' ', indent).append('-');
                    value(item, indent, out);
                }
            }
            default -> throw new IllegalArgumentException("not a block");
        }
    }

    private static void value(Tree tree, int indent, StringBuilder out) {
        if (isBlock(tree)) {
            out.append('\n');
            block(tree, indent + 2, out);
        } else {
            out.append(' ');
            inline(tree, out);
            out.append('\n');
        }
    }

    private static void inline(Tree tree, StringBuilder out) {
        switch (tree) {
            case Tree.Text text -> quote(text.value(), out);
            case Tree.Num number -> out.append(number.value().toPlainString());
            case Tree.Flag flag -> out.append(flag.value());
            case Tree.Nothing nothing -> out.append("null");
            case Tree.Items items -> out.append("[]");
            case Tree.Fields fields -> out.append("{}");
            case Tree.Secret secret -> throw Trees.secretsAreNotWritten();
        }
    }

    private static void key(String key, StringBuilder out) {
        if (PLAIN_KEY.matcher(key).matches() && !NOT_TEXT.contains(key.toLowerCase(Locale.ROOT))) {
            out.append(key);
        } else {
            quote(key, out);
        }
        out.append(':');
    }

    static void quote(String text, StringBuilder out) {
        out.append('"');
        text.codePoints().forEach(c -> {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c >= 0x20 && c < 0x7f || c >= 0xa0 && c < 0xd800 && c != 0x2028 && c != 0x2029) {
                        out.appendCodePoint(c);
                    } else if (c <= 0xffff) {
                        out.append(String.format("\\u%04x", c));
                    } else {
                        out.append(String.format("\\U%08x", c));
                    }
                }
            }
        });
        out.append('"');
    }
}
