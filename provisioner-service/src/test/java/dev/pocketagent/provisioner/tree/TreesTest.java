package dev.pocketagent.provisioner.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.provisioner.RandomText;

class TreesTest {

    @Test
    void whatIsWrittenReadsBackAsTheSameTree() {
        // Given
        Random random = new Random(20261121);
        for (int i = 0; i < 2_000; i++) {
            Tree tree = randomTree(random, 0);

            // When
            String yaml = YamlWriter.write(tree);

            // Then
            assertThat(Trees.readYaml(yaml)).as(yaml).isEqualTo(tree);
        }
    }

    @Test
    void jsonAndTreeAreTheSame() {
        // Given
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            Tree tree = randomTree(random, 0);

            // When
            Tree back = Trees.ofJson(Trees.toJson(tree));

            // Then
            assertThat(back).isEqualTo(tree);
        }
    }

    @Test
    void hashesFollowMeaningNotNotation() {
        // Given
        Tree a = Trees.readYaml("{a: 1, b: [x, 2.50]}");
        Tree b = Trees.readYaml("b:\n- \"x\"\n- 2.5\na: 1\n");
        Tree c = Trees.readYaml("{a: 1, b: [2.5, x]}");

        // When
        String hash = Trees.sha256(a);

        // Then
        assertThat(Trees.sha256(b)).isEqualTo(hash).hasSize(64);
        assertThat(Trees.sha256(c)).isNotEqualTo(hash);
    }

    @Test
    void wordsThatYaml11TakesForSomethingElseAreQuoted() {
        // Given
        Tree tree = new Tree.Fields(Map.of("no", Tree.text("yes")));

        // When
        String yaml = YamlWriter.write(tree);

        // Then
        assertThat(yaml).isEqualTo("\"no\": \"yes\"\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a: 1\na: 2", "!!java.net.URL http://example.org", "1: x", "a: [", "? [1]\n: 2",
            "--- 1\n--- 2",
            "a: &a [x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d]\n"})
    void trickyDocumentsAreRefused(String yaml) {
        // When / Then
        assertThatThrownBy(() -> Trees.readYaml(yaml)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tooLongDocumentsAreRefused() {
        // Given
        String yaml = "a: \"" + "x".repeat(Trees.MAX_YAML_CHARACTERS) + "\"";

        // When / Then
        assertThatThrownBy(() -> Trees.readYaml(yaml)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void secretsAreNeverWritten() {
        // Given
        Tree tree = new Tree.Fields(Map.of("a", new Tree.Secret("token")));

        // When / Then
        assertThatThrownBy(() -> YamlWriter.write(tree)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Trees.toJson(tree)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Trees.sha256(tree)).isInstanceOf(IllegalStateException.class);
    }

    private static Tree randomTree(Random random, int depth) {
        int kind = random.nextInt(depth > 3 ? 4 : 6);
        return switch (kind) {
            case 0 -> Tree.text(RandomText.next(random));
            case 1 -> new Tree.Num(BigDecimal.valueOf(random.nextInt(2_000_000) - 1_000_000, random.nextInt(4)));
            case 2 -> Tree.flag(random.nextBoolean());
            case 3 -> Tree.NOTHING;
            case 4 -> {
                List<Tree> items = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(randomTree(random, depth + 1));
                }
                yield new Tree.Items(items);
            }
            default -> {
                Map<String, Tree> fields = new LinkedHashMap<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    fields.put(RandomText.next(random), randomTree(random, depth + 1));
                }
                yield new Tree.Fields(fields);
            }
        };
    }
}
