package dev.pocketagent.sync.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;

class PromptTest {

    @Test
    void theFourFilesBecomeOneText() {
        // Given
        Map<String, String> files = new HashMap<>(
                Map.of("MISSION.md", "Help.\r\n\r\nAlways.\n", "BELIEFS.md", "- Honest", "GOALS.md", "1. Ship",
                        "IDENTITY.md", "Mara\n"));

        // When
        String prompt = Prompt.render(files::get);

        // Then
        assertThat(prompt).isEqualTo("""
                # USER CONTEXT (TELOS LAYER)

                ## Mission

                Help.

                Always.

                ## Core Beliefs & Constraints

                - Honest

                ## Current Goals

                1. Ship

                ## Identity

                You are assisting: Mara

                ---

                # AGENT INSTRUCTIONS
                """);
    }

    @Test
    void theIdentityHasADefaultAndAMissingFileNoSection() {
        assertThat(Prompt.render(name -> null)).isEqualTo("""
                # USER CONTEXT (TELOS LAYER)

                ## Identity

                You are assisting: Personal AI Assistant

                ---

                # AGENT INSTRUCTIONS
                """);
    }
}
