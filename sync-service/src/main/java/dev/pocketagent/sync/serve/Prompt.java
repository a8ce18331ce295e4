package dev.pocketagent.sync.serve;

import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * The context of a person or organisation (TELOS: mission, beliefs, goals) as the Markdown that stands before an agent's instructions.
 */
final class Prompt {

    /** Who is assisted when {@code IDENTITY.md} is missing. */
    static final String DEFAULT_IDENTITY = "Personal AI Assistant";

    private Prompt() {}

    /** Renders the prompt; a missing file leaves its section out, except for the identity, which has a default. */
    static String render(Function<String, @Nullable String> file) {
        StringBuilder prompt = new StringBuilder("# USER CONTEXT (TELOS LAYER)\n\n");
        section(prompt, "Mission", file.apply("MISSION.md"));
        section(prompt, "Core Beliefs & Constraints", file.apply("BELIEFS.md"));
        section(prompt, "Current Goals", file.apply("GOALS.md"));
        String identity = file.apply("IDENTITY.md");
        section(prompt, "Identity",
                "You are assisting: " + (identity == null || identity.isBlank() ? DEFAULT_IDENTITY : identity.strip()));
        return prompt.append("---\n\n# AGENT INSTRUCTIONS\n").toString();
    }

    private static void section(StringBuilder prompt, String title, @Nullable String text) {
        if (text != null && !text.isBlank()) {
            prompt.append("## ").append(title).append("\n\n").append(text.replace("\r\n", "\n").strip()).append("\n\n");
        }
    }
}
