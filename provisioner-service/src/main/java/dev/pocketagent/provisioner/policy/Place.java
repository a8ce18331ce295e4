package dev.pocketagent.provisioner.policy;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/** Fields at one place of the document, read value by value; whatever does not fit becomes a finding, and reading goes on. */
final class Place {

    private static final Pattern DURATION = Pattern
            .compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m(?!s))?(?:(\\d{1,6})s)?(?:(\\d{1,6})ms)?");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})([bkmg]?)b?", Pattern.CASE_INSENSITIVE);

    private final Map<String, Tree> fields;
    private final String pointer;
    private final List<Finding> findings;

    Place(Tree.Fields fields, String pointer, List<Finding> findings) {
        this.fields = fields.fields();
        this.pointer = pointer;
        this.findings = findings;
    }

    String pointer() {
        return pointer;
    }

    Iterable<Map.Entry<String, Tree>> entries() {
        return fields.entrySet();
    }

    boolean has(String key) {
        return fields.containsKey(key);
    }

    Optional<Tree> get(String key) {
        return Optional.ofNullable(fields.get(key));
    }

    void refuse(Rule rule, String key, String detail) {
        refuseAt(rule, Trees.pointer(pointer, key), detail);
    }

    void refuseAt(Rule rule, String at, String detail) {
        findings.add(new Finding(rule.id(), at, at + " " + rule.sentence() + (detail.isEmpty() ? "" : ": " + detail)));
    }

    /** Refuses every key but these. */
    void only(String... keys) {
        Set<String> known = Set.of(keys);
        for (String key : fields.keySet()) {
            if (!known.contains(key)) {
                refuse(Rule.KEY_NOT_ALLOWED, key, "");
            }
        }
    }

    /** How much was refused so far, in the whole document. */
    int refusals() {
        return findings.size();
    }

    /** Fields at a place that is not simply below a key. */
    Place at(Tree.Fields other, String at) {
        return new Place(other, at, findings);
    }

    /** Fields below a key; nothing (null) counts as empty fields. */
    Optional<Place> place(String key) {
        return get(key).flatMap(tree -> switch (tree) {
            case Tree.Fields below -> Optional.of(new Place(below, Trees.pointer(pointer, key), findings));
            case Tree.Nothing nothing -> Optional.of(new Place(Tree.empty(), Trees.pointer(pointer, key), findings));
            default -> {
                refuse(Rule.VALUE_INVALID, key, "fields are expected, not " + Trees.kind(tree));
                yield Optional.empty();
            }
        });
    }

    Optional<String> text(String key) {
        return get(key).flatMap(tree -> textAt(tree, Trees.pointer(pointer, key)));
    }

    Optional<String> textAt(Tree tree, String at) {
        return switch (tree) {
            case Tree.Text text when sound(text.value()) -> Optional.of(text.value());
            case Tree.Text text -> {
                refuseAt(Rule.TEXT_INVALID, at, "");
                yield Optional.empty();
            }
            case Tree.Secret secret -> {
                refuseAt(Rule.SECRET_PLACE, at, "");
                yield Optional.empty();
            }
            default -> {
                refuseAt(Rule.VALUE_INVALID, at, "text is expected, not " + Trees.kind(tree));
                yield Optional.empty();
            }
        };
    }

    /** A list of texts; a single text counts as a list of one when {@code orText}. */
    List<String> texts(String key, boolean orText) {
        Tree tree = fields.get(key);
        if (tree == null) {
            return List.of();
        }
        if (orText && tree instanceof Tree.Text) {
            return text(key).map(List::of).orElse(List.of());
        }
        if (!(tree instanceof Tree.Items items)) {
            refuse(Rule.VALUE_INVALID, key, "a list is expected, not " + Trees.kind(tree));
            return List.of();
        }
        List<String> result = new ArrayList<>();
        int index = 0;
        for (Tree item : items.items()) {
            textAt(item, Trees.pointer(Trees.pointer(pointer, key), index++)).ifPresent(result::add);
        }
        return result;
    }

    Optional<Boolean> flag(String key) {
        return get(key).flatMap(tree -> {
            if (tree instanceof Tree.Flag flag) {
                return Optional.of(flag.value());
            }
            refuse(Rule.VALUE_INVALID, key, "true or false is expected, not " + Trees.kind(tree));
            return Optional.empty();
        });
    }

    /** A whole number within the range. */
    Optional<Integer> whole(String key, int min, int max) {
        return get(key).flatMap(tree -> {
            if (tree instanceof Tree.Num number && number.whole()) {
                return inRange(key, number.value(), min, max).map(BigDecimal::intValueExact);
            }
            refuse(Rule.VALUE_INVALID, key, "a whole number is expected");
            return Optional.empty();
        });
    }

    /** Cores, as a number or a text, in thousandths. */
    Optional<Integer> cpuMillis(String key, int max) {
        return get(key).flatMap(tree -> {
            BigDecimal cores = switch (tree) {
                case Tree.Num number -> number.value();
                case Tree.Text text when text.value().matches("\\d{1,4}(\\.\\d{1,6})?") -> new BigDecimal(text.value());
                default -> null;
            };
            if (cores == null) {
                refuse(Rule.VALUE_INVALID, key, "a number of cores is expected");
                return Optional.<Integer>empty();
            }
            BigDecimal millis = cores.movePointRight(3);
            if (millis.stripTrailingZeros().scale() > 0) {
                refuse(Rule.VALUE_INVALID, key, "at most three decimals");
                return Optional.<Integer>empty();
            }
            return inRange(key, millis, 10, max).map(BigDecimal::intValueExact);
        });
    }

    /** A memory size, as bytes or as a text such as 512m, in whole MiB. */
    Optional<Integer> mib(String key, int min, int max) {
        return get(key).flatMap(tree -> mibAt(tree, key, min, max));
    }

    Optional<Integer> mibAt(Tree tree, String key, int min, int max) {
        BigDecimal bytes = switch (tree) {
            case Tree.Num number -> number.value();
            case Tree.Text text -> size(text.value());
            default -> null;
        };
        if (bytes == null) {
            refuse(Rule.VALUE_INVALID, key, "a size is expected, e.g. 512m");
            return Optional.empty();
        }
        BigDecimal[] mib = bytes.divideAndRemainder(BigDecimal.valueOf(1024 * 1024));
        if (mib[1].signum() != 0) {
            refuse(Rule.VALUE_INVALID, key, "a whole number of MiB is expected");
            return Optional.empty();
        }
        return inRange(key, mib[0], min, max).map(BigDecimal::intValueExact);
    }

    private static @Nullable BigDecimal size(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        long factor = switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "k" -> 1024L;
            case "m" -> 1024L * 1024;
            case "g" -> 1024L * 1024 * 1024;
            default -> 1;
        };
        return new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(factor));
    }

    Optional<Duration> duration(String key) {
        return text(key).flatMap(text -> {
            Matcher matcher = DURATION.matcher(text);
            if (text.isEmpty() || !matcher.matches()) {
                refuse(Rule.VALUE_INVALID, key, "a duration is expected, e.g. 1m30s");
                return Optional.empty();
            }
            return Optional
                    .of(Duration.ofHours(part(matcher, 1)).plusMinutes(part(matcher, 2)).plusSeconds(part(matcher, 3))
                            .plusMillis(part(matcher, 4)));
        });
    }

    /** Text by key; secrets are kept apart by the caller through {@code secrets}. */
    Map<String, String> textMap(String key, Map<String, String> secretReferences) {
        Map<String, String> result = new LinkedHashMap<>();
        Tree tree = fields.get(key);
        String at = Trees.pointer(pointer, key);
        if (tree instanceof Tree.Items items) {
            int index = 0;
            for (Tree item : items.items()) {
                String itemAt = Trees.pointer(at, index++);
                textAt(item, itemAt).ifPresent(text -> {
                    int equals = text.indexOf('=');
                    if (equals < 1) {
                        refuseAt(Rule.INTERPOLATION, itemAt, "write KEY=value");
                    } else {
                        result.put(text.substring(0, equals), text.substring(equals + 1));
                    }
                });
            }
        } else {
            place(key).ifPresent(below -> below.entries().forEach(entry -> {
                String name = entry.getKey();
                switch (entry.getValue()) {
                    case Tree.Num number -> result.put(name, number.value().toPlainString());
                    case Tree.Flag flag -> result.put(name, String.valueOf(flag.value()));
                    case Tree.Nothing nothing -> below.refuse(Rule.INTERPOLATION, name, "");
                    case Tree.Secret secret -> secretReferences.put(name, secret.reference());
                    default -> below.text(name).ifPresent(text -> result.put(name, text));
                }
            }));
        }
        return result;
    }

    private Optional<BigDecimal> inRange(String key, BigDecimal value, int min, int max) {
        if (value.compareTo(BigDecimal.valueOf(min)) < 0 || value.compareTo(BigDecimal.valueOf(max)) > 0) {
            refuse(Rule.LIMIT_RANGE, key, "from " + min + " to " + max + " is possible");
            return Optional.empty();
        }
        return Optional.of(value);
    }

    private static long part(Matcher matcher, int group) {
        String text = matcher.group(group);
        return text == null ? 0 : Long.parseLong(text);
    }

    /** Neither NUL nor half a surrogate pair: both are cut or mangled on their way into a container. */
    static boolean sound(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isLowSurrogate(c)) {
                return false;
            }
            if (Character.isHighSurrogate(c)) {
                i++;
                if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return false;
                }
            }
        }
        return true;
    }
}
