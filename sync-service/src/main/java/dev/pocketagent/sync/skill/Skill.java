package dev.pocketagent.sync.skill;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * One skill of a revision, as an agent's catalogue shows it.
 *
 * @param name name by which it is called
 * @param description what it does and when to use it; null when the author gave none
 * @param kind an Agent Skill, or an executable with a comment header
 * @param location path of its {@code SKILL.md}, or of the executable
 * @param license licence as the author names it
 * @param compatibility what it needs to run
 * @param allowedTools tools it asks for
 * @param metadata the author's own keys
 * @param parameters parameters of an executable, as its header declares them
 * @param files paths of all its files, from the root of the revision
 * @param loadable whether agents will load it; false exactly when there is a diagnostic of severity error
 * @param diagnostics findings
 */
public record Skill(String name, @Nullable String description, Kind kind, String location, @Nullable String license,
        @Nullable String compatibility, List<String> allowedTools, Map<String, String> metadata,
        List<String> parameters,
        List<String> files, boolean loadable, List<Diagnostic> diagnostics) {

    /** The two forms of a skill. */
    public enum Kind {
        /** A folder with a {@code SKILL.md}. */
        AGENT_SKILL,
        /** An executable directly in {@code skills/} with {@code # NAME:} and {@code # DESCRIPTION:} lines. */
        SCRIPT
    }

    public Skill {
        allowedTools = List.copyOf(allowedTools);
        metadata = Map.copyOf(metadata);
        parameters = List.copyOf(parameters);
        files = List.copyOf(files);
        diagnostics = List.copyOf(diagnostics);
    }

    /** How much text of the author's it is, without the paths. */
    public long characters() {
        return Stream.of(Stream.of(name), Stream.ofNullable(description), Stream.ofNullable(license),
                Stream.ofNullable(compatibility), allowedTools.stream(), metadata.keySet().stream(),
                metadata.values().stream(), parameters.stream(), diagnostics.stream().map(Diagnostic::message))
                .flatMap(texts -> texts).mapToLong(String::length).sum();
    }
}
