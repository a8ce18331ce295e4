package dev.pocketagent.sync.skill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import dev.pocketagent.sync.revision.Blobs;
import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.Snapshot;

class SkillCatalogTest {

    private final Map<String, byte[]> content = new HashMap<>();
    private final Map<String, String> files = new LinkedHashMap<>();
    private final Blobs blobs = entry -> content.get(entry.blobId());

    @Test
    void aSkillWithoutFaultHasNoDiagnostics() throws Exception {
        // Given
        files.put("skills/pdf-tools/SKILL.md", """
                ---
                name: pdf-tools
                description: Reads and fills PDF forms.
                license: MIT
                compatibility: Needs qpdf
                allowed-tools: Bash(qpdf:*) Read
                metadata:
                  author: ada
                  version: 1.2
                ---
                # How
                """);
        files.put("skills/pdf-tools/scripts/fill.sh!", "#!/bin/sh");

        // When
        List<Skill> skills = catalog();

        // Then
        assertThat(skills).hasSize(1);
        Skill skill = skills.getFirst();
        assertThat(skill.diagnostics()).isEmpty();
        assertThat(skill.loadable()).isTrue();
        assertThat(skill.name()).isEqualTo("pdf-tools");
        assertThat(skill.allowedTools()).containsExactly("Bash(qpdf:*)", "Read");
        assertThat(skill.metadata()).containsEntry("author", "ada").containsEntry("version", "1.2");
        assertThat(skill.files()).containsExactly("skills/pdf-tools/SKILL.md", "skills/pdf-tools/scripts/fill.sh");
    }

    @Test
    void aCatalogueHasAboutAMillionCharactersAtMost() throws Exception {
        // Given
        for (int i = 0; i < 40; i++) {
            files.put("skills/s" + i + "/SKILL.md",
                    "---\nname: s" + i + "\ndescription: " + "d".repeat(60_000) + "\n---\n");
        }

        // When
        List<Skill> skills = catalog();

        // Then: one past the limit, as for their number it is the end and no error
        assertThat(skills).hasSize(18);
        assertThat(skills.stream().mapToLong(Skill::characters).sum()).isBetween(1_048_576L, 1_048_576L + 61_000);
    }

    @Test
    void onlyWhatAgentsSkipIsAnError() throws Exception {
        // Given
        files.put("skills/no-head/SKILL.md", "# Just text");
        files.put("skills/no-description/SKILL.md", "---\nname: no-description\n---\n");
        files.put("skills/broken/SKILL.md", "---\nname: [unclosed\n---\n");
        files.put("skills/Blogging/SKILL.md", "---\nname: _BLOGGING\ndescription: Writes\ntriggers: blog\n---\n");
        files.put("skills/nameless/SKILL.md", "---\ndescription: Has none\n---\n");

        // When
        Map<String, Skill> skills = new HashMap<>();
        catalog().forEach(skill -> skills.put(skill.location().split("/")[1], skill));

        // Then
        assertThat(codes(skills.get("no-head"))).containsExactly("front-matter");
        assertThat(codes(skills.get("no-description"))).containsExactly("description-missing");
        assertThat(codes(skills.get("broken"))).containsExactly("front-matter");
        assertThat(codes(skills.get("Blogging"))).containsExactlyInAnyOrder("name-format", "name-folder",
                "unknown-field");
        assertThat(codes(skills.get("nameless"))).containsExactly("name-missing");
        assertThat(skills.entrySet().stream().filter(skill -> skill.getValue().loadable()).map(Map.Entry::getKey))
                .containsExactlyInAnyOrder("Blogging", "nameless");
    }

    @Test
    void anUnquotedColonIsRepaired() throws Exception {
        // Given
        files.put("skills/a/SKILL.md",
                "---\r\nname: a\r\ndescription: Use this when: somebody asks \"why\"\r\n---\r\nbody\r\n");

        // When
        Skill skill = catalog().getFirst();

        // Then
        assertThat(skill.description()).isEqualTo("Use this when: somebody asks \"why\"");
        assertThat(codes(skill)).containsExactly("yaml-quotes");
        assertThat(skill.loadable()).isTrue();
    }

    @Test
    void limitsHoldAtTheLimitAndOnePastIt() throws Exception {
        // Given
        files.put("skills/" + "a".repeat(64) + "/SKILL.md",
                "---\nname: " + "a".repeat(64) + "\ndescription: " + "d".repeat(1024) + "\n---\n");
        files.put("skills/" + "b".repeat(65) + "/SKILL.md",
                "---\nname: " + "b".repeat(65) + "\ndescription: " + "d".repeat(1025) + "\n---\n"
                        + "line\n".repeat(501));

        // When
        List<Skill> skills = catalog();

        // Then
        assertThat(codes(skills.get(0))).isEmpty();
        assertThat(codes(skills.get(1))).containsExactlyInAnyOrder("name-format", "description-length", "body-length");
    }

    @Test
    void yamlCannotCallUponClassesOrExplode() throws Exception {
        // Given
        files.put("skills/evil/SKILL.md",
                "---\nname: evil\ndescription: !!javax.script.ScriptEngineManager [x]\n---\n");
        files.put("skills/laughs/SKILL.md", """
                ---
                a: &a [x, x]
                b: &b [*a, *a]
                description: [*b, *b]
                ---
                """);

        // When
        List<Skill> skills = catalog();

        // Then
        assertThat(skills).hasSize(2).allSatisfy(skill -> assertThat(skill.loadable()).isFalse());
    }

    @Test
    void skillsAreFoundInAllPlacesAndOnlyOnce() throws Exception {
        // Given
        String head = "---\nname: same\ndescription: d\n---\n";
        files.put("skills/group/same/SKILL.md", head);
        files.put("skills/group/same/inner/SKILL.md", head);
        files.put(".agents/skills/same/SKILL.md", head);
        files.put("docs/SKILL.md", head);
        files.put("skills/SKILL.md", head);

        // When
        List<Skill> skills = catalog();

        // Then
        assertThat(skills).extracting(Skill::location).containsExactly("skills/group/same/SKILL.md",
                ".agents/skills/same/SKILL.md");
        assertThat(codes(skills.get(1))).containsExactly("duplicate-name");
    }

    @Test
    void executablesWithAHeaderAreSkills() throws Exception {
        // Given
        files.put("skills/search.py!",
                "#!/usr/bin/env python3\n# NAME: web_search\n# DESCRIPTION: Searches the web.\n# PARAM: query (str) - what\n");
        files.put("skills/forgot.py", "# NAME: forgot\n# DESCRIPTION: Without the bit.\n");
        files.put("skills/silent.sh!", "#!/bin/sh\n");
        files.put("skills/notes.txt", "nothing");
        files.put("skills/README.md", "# NAME: not a skill");

        // When
        Map<String, Skill> skills = new HashMap<>();
        catalog().forEach(skill -> skills.put(skill.name(), skill));

        // Then
        assertThat(skills).containsOnlyKeys("web_search", "forgot", "silent.sh");
        assertThat(skills.get("web_search").parameters()).containsExactly("query (str) - what");
        assertThat(codes(skills.get("web_search"))).isEmpty();
        assertThat(codes(skills.get("forgot"))).containsExactly("not-executable");
        assertThat(codes(skills.get("silent.sh"))).containsExactlyInAnyOrder("name-missing", "description-missing");
    }

    @Test
    void theExamplesAreWithoutFault() throws Exception {
        // Given
        Path examples = Path.of("../deploy/examples/context").toAbsolutePath().normalize();
        try (Stream<Path> all = Files.walk(examples)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(examples.relativize(file) + (Files.isExecutable(file) ? "!" : ""), Files.readString(file));
            }
        }

        // When
        List<Skill> skills = catalog();

        // Then
        assertThat(skills).extracting(Skill::name).containsExactly("link-check", "weekly-review");
        assertThat(skills).allSatisfy(skill -> assertThat(skill.diagnostics()).isEmpty());
        assertThat(files).containsKeys("context/MISSION.md", "context/GOALS.md", "context/BELIEFS.md",
                "context/IDENTITY.md",
                "skills/link-check/scripts/check-links.sh!");
    }

    private List<Skill> catalog() throws IOException {
        List<Entry> entries = new ArrayList<>();
        files.forEach((path, text) -> {
            String id = "%040x".formatted(content.size() + 1);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            content.put(id, bytes);
            entries.add(new Entry(path.replace("!", ""), id, path.endsWith("!"), bytes.length));
        });
        return SkillCatalog.of(new Snapshot("0".repeat(40), entries, List.of()), blobs);
    }

    private static List<String> codes(Skill skill) {
        return skill.diagnostics().stream().map(Diagnostic::code).toList();
    }
}
