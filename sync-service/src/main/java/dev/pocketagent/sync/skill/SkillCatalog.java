package dev.pocketagent.sync.skill;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.sync.revision.Blobs;
import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.Snapshot;

/**
 * Finds the skills of a revision. Follows the Agent Skills specification: a skill is skipped by agents only when its description is
 * missing or its front matter cannot be read; every other finding is a warning.
 */
public final class SkillCatalog {

    /** Where skills may lie, the stronger place first: of two skills with one name the first wins. */
    static final List<String> ROOTS = List.of("skills/", ".agents/skills/", ".claude/skills/");

    private static final int MAX_DEPTH = 6;
    private static final int MAX_SKILLS = 2_000;
    /** Text of all skills together, since catalogues stay in memory: what a thousand skills may say by the specification. */
    private static final long MAX_CHARACTERS = 1024 * 1024;
    private static final int MAX_FILES = 256;
    private static final long MAX_FILE_BYTES = 1024 * 1024;
    private static final long MAX_SKILL_BYTES = 8 * 1024 * 1024;
    private static final int MAX_BODY_LINES = 500;
    private static final int HEADER_LINES = 40;

    private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
    private static final Pattern HEADER = Pattern.compile("#\\s*(NAME|DESCRIPTION|PARAM):\\s*(.+)");
    private static final Set<String> KNOWN = Set.of("name", "description", "license", "compatibility", "metadata",
            "allowed-tools");

    private SkillCatalog() {}

    /** All skills of a revision, in the order of their places and paths. */
    public static List<Skill> of(Snapshot snapshot, Blobs blobs) throws IOException {
        List<Skill> skills = new ArrayList<>();
        Set<String> names = new HashSet<>();
        long characters = 0;
        for (String root : ROOTS) {
            String last = null;
            for (Entry entry : snapshot.below(root)) {
                if (skills.size() >= MAX_SKILLS || characters > MAX_CHARACTERS) {
                    return skills;
                }
                int before = skills.size();
                String inside = entry.path().substring(root.length());
                if (entry.name().equals("SKILL.md") && inside.indexOf('/') > 0
                        && inside.chars().filter(c -> c == '/').count() <= MAX_DEPTH) {
                    String folder = entry.path().substring(0, entry.path().length() - "SKILL.md".length());
                    if (last != null && folder.startsWith(last)) {
                        continue; // a SKILL.md inside a skill is one of its files
                    }
                    last = folder;
                    skills.add(named(agentSkill(entry, folder, snapshot.below(folder), blobs), names));
                } else if (root.equals("skills/") && inside.indexOf('/') < 0) {
                    Optional<Skill> script = script(entry, blobs);
                    if (script.isPresent()) {
                        skills.add(named(script.get(), names));
                    }
                }
                characters += skills.size() == before ? 0 : skills.getLast().characters();
            }
        }
        return skills;
    }

    private static Skill named(Skill skill, Set<String> names) {
        if (names.add(skill.name())) {
            return skill;
        }
        List<Diagnostic> diagnostics = new ArrayList<>(skill.diagnostics());
        diagnostics.add(
                Diagnostic.warning("duplicate-name", "Another skill of this revision has the same name and wins."));
        return new Skill(skill.name(), skill.description(), skill.kind(), skill.location(), skill.license(),
                skill.compatibility(),
                skill.allowedTools(), skill.metadata(), skill.parameters(), skill.files(), skill.loadable(),
                diagnostics);
    }

    private static Skill agentSkill(Entry file, String folder, List<Entry> files, Blobs blobs) throws IOException {
        String folderName = folder.substring(folder.lastIndexOf('/', folder.length() - 2) + 1, folder.length() - 1);
        List<Diagnostic> found = new ArrayList<>();
        checkSizes(files, found);
        Optional<FrontMatter> parsed = file.sizeBytes() > MAX_FILE_BYTES
                ? Optional.empty()
                : FrontMatter.parse(new String(blobs.bytes(file), StandardCharsets.UTF_8));
        List<String> paths = files.stream().map(Entry::path).toList();
        if (parsed.isEmpty()) {
            found.add(Diagnostic.error("front-matter",
                    "SKILL.md has to begin with a YAML block between two lines of '---'; agents skip this skill."));
            return new Skill(folderName, null, Skill.Kind.AGENT_SKILL, file.path(), null, null, List.of(), Map.of(),
                    List.of(), paths,
                    false, found);
        }
        FrontMatter head = parsed.get();
        if (head.repaired()) {
            found.add(Diagnostic.warning("yaml-quotes", "A value holds ': ' and has to be quoted to be valid YAML."));
        }
        String name = head.text("name").orElse(folderName);
        checkName(head, name, folderName, found);
        @Nullable
        String description = head.text("description").orElse(null);
        if (description == null) {
            found.add(Diagnostic.error("description-missing",
                    "Without a description agents do not know when to use it and skip it."));
        } else if (description.length() > 1024) {
            found.add(Diagnostic.warning("description-length",
                    "The description has " + description.length() + " characters; 1024 are allowed."));
        }
        @Nullable
        String compatibility = head.text("compatibility").orElse(null);
        if (compatibility != null && compatibility.length() > 500) {
            found.add(Diagnostic.warning("compatibility-length", "'compatibility' has more than 500 characters."));
        }
        for (String key : head.fields().keySet()) {
            if (!KNOWN.contains(key)) {
                found.add(Diagnostic.warning("unknown-field",
                        "The specification has no field of this name: '" + shown(key) + "'."));
            }
        }
        if (head.body().lines().count() > MAX_BODY_LINES) {
            found.add(Diagnostic.warning("body-length",
                    "SKILL.md has more than 500 lines; move details to references/."));
        }
        boolean loadable = found.stream().noneMatch(one -> one.severity() == Diagnostic.Severity.ERROR);
        return new Skill(name, description, Skill.Kind.AGENT_SKILL, file.path(), head.text("license").orElse(null),
                compatibility,
                tools(head), metadata(head, found), List.of(), paths, loadable, found);
    }

    private static void checkSizes(List<Entry> files, List<Diagnostic> found) {
        if (files.size() > MAX_FILES) {
            found.add(Diagnostic.warning("too-many-files",
                    "The skill has " + files.size() + " files; agents load at most 256."));
        }
        if (files.stream().anyMatch(one -> one.sizeBytes() > MAX_FILE_BYTES)) {
            found.add(Diagnostic.warning("file-too-large", "A file is larger than 1 MiB; agents do not load it."));
        }
        if (files.stream().mapToLong(Entry::sizeBytes).sum() > MAX_SKILL_BYTES) {
            found.add(Diagnostic.warning("skill-too-large", "The skill is larger than 8 MiB; agents do not load it."));
        }
    }

    private static void checkName(FrontMatter head, String name, String folderName, List<Diagnostic> found) {
        if (head.text("name").isEmpty()) {
            found.add(Diagnostic.warning("name-missing", "'name' is missing; the name of the folder is used."));
        }
        if (name.length() > 64 || !NAME.matcher(name).matches()) {
            found.add(Diagnostic.warning("name-format", "A name has 1 to 64 of a-z, 0-9 and single hyphens inside."));
        }
        if (!name.equals(folderName)) {
            found.add(Diagnostic.warning("name-folder",
                    "The name has to be the name of the folder, '" + shown(folderName) + "'."));
        }
    }

    private static List<String> tools(FrontMatter head) {
        if (head.fields().get("allowed-tools") instanceof List<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        return head.text("allowed-tools").map(text -> List.of(text.split("[\\s,]+"))).orElse(List.of());
    }

    private static Map<String, String> metadata(FrontMatter head, List<Diagnostic> found) {
        Object value = head.fields().get("metadata");
        if (value == null) {
            return Map.of();
        }
        Map<String, String> texts = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, one) -> texts.put(String.valueOf(key), String.valueOf(one)));
        } else {
            found.add(Diagnostic.warning("metadata-format", "'metadata' has to be a map of texts."));
        }
        return texts;
    }

    private static Optional<Skill> script(Entry file, Blobs blobs) throws IOException {
        if (file.sizeBytes() > MAX_FILE_BYTES || file.name().endsWith(".md")) {
            return Optional.empty();
        }
        String name = null;
        String description = null;
        List<String> parameters = new ArrayList<>();
        List<String> head = new String(blobs.bytes(file), StandardCharsets.UTF_8).lines().limit(HEADER_LINES).toList();
        for (String line : head) {
            Matcher header = HEADER.matcher(line);
            if (header.matches()) {
                switch (header.group(1)) {
                    case "NAME" -> name = header.group(2).strip();
                    case "DESCRIPTION" -> description = header.group(2).strip();
                    default -> parameters.add(header.group(2).strip());
                }
            }
        }
        if (name == null && !file.executable()) {
            return Optional.empty();
        }
        List<Diagnostic> found = new ArrayList<>();
        if (name == null) {
            found.add(Diagnostic.warning("name-missing", "'# NAME:' is missing; the name of the file is used."));
        }
        if (description == null) {
            found.add(Diagnostic.error("description-missing",
                    "Without '# DESCRIPTION:' agents do not know when to use it and skip it."));
        }
        if (!file.executable()) {
            found.add(Diagnostic.warning("not-executable", "The file has no execute bit (git mode 100755)."));
        }
        return Optional.of(new Skill(name == null ? file.name() : name, description, Skill.Kind.SCRIPT, file.path(),
                null, null, List.of(),
                Map.of(), parameters, List.of(file.path()), description != null, found));
    }

    private static String shown(String text) {
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }
}
