package dev.pocketagent.provisioner.policy;

import static dev.pocketagent.provisioner.Stacks.parameters;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;

import dev.pocketagent.provisioner.RandomText;
import dev.pocketagent.provisioner.Stacks;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.compose.ComposeDocument;
import dev.pocketagent.provisioner.compose.ComposeSchema;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;
import dev.pocketagent.provisioner.tree.YamlWriter;

/** Whatever a tenant types: the document that is written parses to the tree that was approved, and gains no key. */
class TemplateSafetyTest {

    private static final ComposeSchema SCHEMA = new ComposeSchema();

    @Test
    void noParameterTextBecomesStructure() {
        // Given
        Set<String> keys = keys(ComposeDocument.of(Stacks.spec("web", parameters())), "");
        Random random = new Random(42);
        for (int i = 0; i < 1_000; i++) {
            List<Tree> command = new ArrayList<>();
            for (int n = random.nextInt(4); n >= 0; n--) {
                command.add(Tree.text(RandomText.next(random)));
            }
            Map<String, Tree> environment = new LinkedHashMap<>();
            for (int n = random.nextInt(4); n > 0; n--) {
                environment.put("V" + n, Tree.text(RandomText.next(random)));
            }
            String message = RandomText.next(random);
            String secret = RandomText.next(random);

            // When
            StackSpec spec = Stacks.spec("web",
                    parameters("command", new Tree.Items(command), "message", message, "environment",
                            new Tree.Fields(environment), "secrets", parameters("HUSH", "s3cret" + secret)));
            Tree.Fields document = ComposeDocument.of(spec);
            String yaml = YamlWriter.write(document);

            // Then
            assertThat(Trees.readYaml(yaml)).isEqualTo(document);
            assertThat(keys(document, "")).isEqualTo(keys);
            assertThat(yaml).doesNotContain("s3cret");
            ServiceSpec web = spec.service("web").orElseThrow();
            assertThat(web.command()).isEqualTo(command.stream().map(t -> ((Tree.Text) t).value()).toList());
            assertThat(web.environment()).containsEntry("MESSAGE", message);
            assertThat(unescaped(document, "command")).isEqualTo(new Tree.Items(command));
            if (i % 20 == 0) {
                assertThat(SCHEMA.check(document)).isEmpty();
            }
        }
    }

    @Test
    void noFieldOfTheAgentTemplateBecomesStructureEither() {
        // Given
        Random random = new Random(43);
        Set<String> keys = keys(ComposeDocument.of(agent("PocketAgent")), "");
        for (int i = 0; i < 300; i++) {
            String name = "x" + RandomText.next(random);
            if (name.codePointCount(0, name.length()) > 100) {
                continue;
            }

            // When
            Tree.Fields document = ComposeDocument.of(agent(name));

            // Then
            assertThat(Trees.readYaml(YamlWriter.write(document))).isEqualTo(document);
            assertThat(keys(document, "")).isEqualTo(keys);
        }
    }

    private static StackSpec agent(String name) {
        return Stacks.spec("openclaw-agent",
                parameters("routerUrl", "http://router:8083/v1", "routerKey", "pocket_ag_0123456789",
                        "agentName", name));
    }

    private static Tree unescaped(Tree.Fields document, String key) {
        Tree.Fields services = (Tree.Fields) document.fields().get("services");
        Tree.Fields web = (Tree.Fields) services.fields().get("web");
        Tree.Items items = (Tree.Items) web.fields().get(key);
        return new Tree.Items(
                items.items().stream().<Tree>map(t -> Tree.text(((Tree.Text) t).value().replace("$$", "$"))).toList());
    }

    /** Pointers of all keys; names of environment variables are the tenant's to choose and left out. */
    private static Set<String> keys(Tree tree, String pointer) {
        Set<String> keys = new TreeSet<>();
        if (tree instanceof Tree.Fields fields && !pointer.endsWith("/environment")) {
            fields.fields().forEach((key, value) -> {
                String at = Trees.pointer(pointer, key);
                keys.add(at);
                keys.addAll(keys(value, at));
            });
        } else if (tree instanceof Tree.Items items) {
            items.items().forEach(item -> keys.addAll(keys(item, pointer + "/*")));
        }
        return keys;
    }
}
