package dev.pocketagent.sync.skill;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * The YAML block at the head of a {@code SKILL.md}, and the Markdown below it.
 *
 * @param fields top-level keys; values are texts or nested maps and lists of texts
 * @param body Markdown after the block
 * @param repaired whether values had to be quoted before YAML could read them
 */
record FrontMatter(Map<String, Object> fields, String body, boolean repaired) {

    private static final int MAX_CHARACTERS = 64 * 1024;
    private static final Pattern BLOCK = Pattern.compile("\\A\uFEFF?---[ \\t]*\\n(.*?)^---[ \\t]*(?:\\n|\\z)(.*)\\z",
            Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern BARE_VALUE = Pattern.compile("([A-Za-z-]+): ([^\"'|>\\[{&*!%@`#].*)");

    /** The parts of a document, or empty when it has no block or one that is not YAML. */
    static Optional<FrontMatter> parse(String document) {
        Matcher block = BLOCK.matcher(document.replace("\r\n", "\n"));
        if (!block.matches() || block.group(1).length() > MAX_CHARACTERS) {
            return Optional.empty();
        }
        Optional<Map<String, Object>> plain = load(block.group(1));
        if (plain.isPresent()) {
            return Optional.of(new FrontMatter(plain.get(), block.group(2), false));
        }
        // Authors write "description: Use this when: ..." without quotes; agents accept that, so it is quoted and tried again.
        String quoted = block.group(1).lines().map(FrontMatter::quote).collect(Collectors.joining("\n"));
        return load(quoted).map(fields -> new FrontMatter(fields, block.group(2), true));
    }

    /** A value as text, or empty when it is missing or blank. */
    Optional<String> text(String key) {
        Object value = fields.get(key);
        return value == null || value instanceof Map || value instanceof Iterable
                ? Optional.empty()
                : Optional.of(value.toString().strip()).filter(text -> !text.isEmpty());
    }

    private static String quote(String line) {
        Matcher bare = BARE_VALUE.matcher(line);
        return bare.matches()
                ? bare.group(1) + ": \"" + bare.group(2).replace("\\", "\\\\").replace("\"", "\\\"") + "\""
                : line;
    }

    private static Optional<Map<String, Object>> load(String yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setMaxAliasesForCollections(0);
        options.setNestingDepthLimit(8);
        options.setCodePointLimit(MAX_CHARACTERS);
        try {
            if (new Yaml(new SafeConstructor(options)).load(yaml) instanceof Map<?, ?> map) {
                Map<String, Object> fields = new LinkedHashMap<>();
                map.forEach((key, value) -> {
                    if (key != null && value != null) {
                        fields.put(key.toString(), value);
                    }
                });
                return Optional.of(fields);
            }
            return Optional.empty();
        } catch (YAMLException notYaml) {
            return Optional.empty();
        }
    }
}
