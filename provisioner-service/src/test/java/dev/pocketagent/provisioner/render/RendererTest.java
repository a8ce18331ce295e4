package dev.pocketagent.provisioner.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

class RendererTest {

    private static final Map<String, Tree> VALUES = Map.of("name", Tree.text("x: {y}"), "port", Tree.number(8080),
            "mib", Tree.number(64),
            "cpu", Tree.number(250), "on", Tree.flag(true), "off", Tree.flag(false), "env",
            Tree.texts(Map.of("A", "1", "B", "2")),
            "directive", Tree.texts(Map.of("$param", "name")), "token", new Tree.Secret("token"));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {a: {$param: name}}                                  | {a: "x: {y}"}
            {a: {$param: missing}, b: 1}                         | {b: 1}
            {a: [{$param: missing}, 1]}                          | {a: [1]}
            {a: {$text: {$param: port}}}                         | {a: "8080"}
            {a: {$bytes: {$param: mib}}}                         | {a: 67108864}
            {a: {$cpus: {$param: cpu}}}                          | {a: 0.25}
            {a: {$concat: ["127.0.0.1::", {$param: port}]}}      | {a: "127.0.0.1::8080"}
            {a: {$concat: ["x", {$param: missing}]}}             | {}
            {a: {$merge: [{$param: env}, {B: "3"}]}}             | {a: {A: "1", B: "3"}}
            {a: {$when: {param: on, then: [1]}}}                 | {a: [1]}
            {a: {$when: {param: off, then: [1]}}}                | {}
            {a: {$when: {param: missing, then: [1]}}}            | {}
            {a: {$when: {param: name, then: {$param: port}}}}    | {a: 8080}
            {a: {$first: [{$param: missing}, {$param: port}]}}   | {a: 8080}
            {a: {$first: [{$param: missing}]}}                   | {}
            {a: {$unless: {param: off, then: 1}}}                | {a: 1}
            {a: {$unless: {param: missing, then: 1}}}            | {a: 1}
            {a: {$unless: {param: name, then: 1}}}               | {}
            {a: {$param: directive}}                             | {a: {$param: name}}
            """)
    void directivesAreReplacedInTheTemplateOnly(String document, String expected) {
        // When
        Tree rendered = Renderer.render((Tree.Fields) Trees.readYaml(document), VALUES);

        // Then
        assertThat(rendered).isEqualTo(Trees.readYaml(expected));
    }

    @Test
    void secretsStayReferences() {
        // Given
        Tree.Fields document = (Tree.Fields) Trees.readYaml("{a: {$param: token}}");

        // When
        Tree.Fields rendered = Renderer.render(document, VALUES);

        // Then
        assertThat(rendered.get("a")).isEqualTo(new Tree.Secret("token"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {a: {$exec: rm}}                        | $exec
            {a: {$concat: x}}                       | $concat
            {a: {$concat: [{$param: token}]}}       | $concat
            {a: {$cpus: {$param: name}}}            | $cpus
            {a: {$merge: [{$param: port}]}}         | $merge
            {a: {$when: {param: on}}}               | $when
            """)
    void misuseIsADefectOfTheTemplate(String document, String named) {
        // Given
        Tree.Fields fields = (Tree.Fields) Trees.readYaml(document);

        // When / Then
        assertThatThrownBy(() -> Renderer.render(fields, VALUES)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }
}
