package dev.pocketagent.sync.revision;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathRulesTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", ".agents", ".gitignore", ".github", "SKILL.md", "a b", "ä.md", "日本.md", "...a", "a:b",
            "con", "-x"})
    void namesOfFilesAreAccepted(String name) {
        assertThat(PathRules.brokenBy(name)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"'',empty-name", ".,dot-name", "..,dot-name", "'.. ',dot-name", ".git,git-folder", ".GiT,git-folder",
            "GIT~1,git-folder",
            "'.git ',git-folder", "a/b,slash-in-name", "a\\b,backslash"})
    void namesThatMeanAnotherPlaceAreRefused(String name, String rule) {
        assertThat(PathRules.brokenBy(name)).contains(rule);
    }

    @Test
    void longNamesAreMeasuredInBytes() {
        assertThat(PathRules.brokenBy("x".repeat(255))).isEmpty();
        assertThat(PathRules.brokenBy("x".repeat(256))).contains("name-too-long");
        assertThat(PathRules.brokenBy("ä".repeat(128))).contains("name-too-long");
        assertThat(PathRules.pathBrokenBy("a/".repeat(512) + "a")).contains("path-too-long");
    }

    @Test
    void whateverIsAcceptedStaysInsideItsFolder() {
        // Given
        Random random = new Random(42);
        String alphabet = "ab./\\.. \u0000\ngit~1GIT.\u200c\ufeffé";
        Path root = Path.of("/srv/publish");
        for (int round = 0; round < 50_000; round++) {
            StringBuilder path = new StringBuilder();
            for (int i = random.nextInt(1, 12); i > 0; i--) {
                path.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }

            // When
            boolean accepted = PathRules.pathBrokenBy(path.toString()).isEmpty();

            // Then
            if (accepted) {
                Path resolved = root.resolve(path.toString()).normalize();
                assertThat(resolved).as(path.toString()).startsWithRaw(root).isNotEqualTo(root);
                assertThat(resolved.toString().getBytes(StandardCharsets.UTF_8).length)
                        .isEqualTo(
                                root.toString().length() + 1 + path.toString().getBytes(StandardCharsets.UTF_8).length);
            }
        }
    }
}
