package dev.pocketagent.provisioner.template;

import static dev.pocketagent.provisioner.Stacks.parameters;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;

import dev.harrel.jsonschema.ValidatorFactory;
import dev.harrel.jsonschema.providers.JacksonNode;
import dev.pocketagent.provisioner.Stacks;
import dev.pocketagent.provisioner.backend.SecretText;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

class ParameterRulesTest {

    private static final String KEY = "pocket_ag_0123456789";

    @Test
    void shippedTemplatesHaveValidSchemasThatFitTheirOwnDefaults() {
        for (Template template : Stacks.CATALOGUE.all()) {
            // Given
            Tree defaults = new Tree.Fields(
                    template.parameterList().values().stream().filter(p -> p.byDefault().isPresent())
                            .collect(java.util.stream.Collectors.toMap(Template.Parameter::name,
                                    p -> p.byDefault().orElseThrow())));
            Tree.Fields schema = new Tree.Fields(template.parameters().fields().entrySet().stream()
                    .filter(e -> !e.getKey().equals(
                            "required"))
                    .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));

            // When
            var result = new ValidatorFactory().withJsonNodeFactory(new JacksonNode.Factory()).validate(
                    (Object) Trees.toJson(schema),
                    Trees.toJson(defaults));

            // Then
            assertThat(result.isValid()).as(template.name()).isTrue();
        }
    }

    @Test
    void defaultsFillWhatIsNotGiven() {
        // When
        ParameterRules.Valid valid = valid("web", parameters("port", 9000), Set.of());

        // Then
        assertThat(valid.values().get("port")).isEqualTo(Tree.number(9000));
        assertThat(valid.values().get("memoryMib")).isEqualTo(Tree.number(64));
        assertThat(valid.plain().fields()).doesNotContainKey("secrets");
    }

    @Test
    void secretsAreSetApart() {
        // When
        ParameterRules.Valid valid = valid("openclaw-agent",
                parameters("routerUrl", "http://router:8083/v1", "routerKey", KEY), Set.of());

        // Then
        assertThat(valid.secrets()).containsEntry("routerKey", new SecretText(KEY)).containsEntry("gatewayToken",
                new SecretText(
                        "generated-32"));
        assertThat(valid.values().get("routerKey")).isEqualTo(new Tree.Secret("routerKey"));
        assertThat(valid.plain().toString() + valid.secrets()).doesNotContain(KEY).doesNotContain("generated-32");
    }

    @Test
    void storedSecretsNeedNotComeAgain() {
        // When
        ParameterRules.Valid valid = valid("openclaw-agent", parameters("routerUrl", "http://router:8083/v1"),
                Set.of("routerKey",
                        "gatewayToken"));

        // Then
        assertThat(valid.secrets()).isEmpty();
        assertThat(valid.values()).containsKeys("routerKey", "gatewayToken").doesNotContainKey("telegramBotToken");
    }

    @Test
    void aSecretMapReplacesTheStoredOneAsAWhole() {
        // When
        ParameterRules.Valid given = valid("web", parameters("secrets", parameters("A", "1")), Set.of("secrets.B"));
        ParameterRules.Valid kept = valid("web", parameters(), Set.of("secrets.B"));

        // Then
        assertThat(given.values().get("secrets")).isEqualTo(new Tree.Fields(Map.of("A", new Tree.Secret("secrets.A"))));
        assertThat(given.replaced()).containsExactly("secrets");
        assertThat(kept.values().get("secrets")).isEqualTo(new Tree.Fields(Map.of("B", new Tree.Secret("secrets.B"))));
        assertThat(kept.replaced()).isEmpty();
    }

    @Test
    void everyFaultIsNamedAtItsPlace() {
        // When
        List<ParameterRules.Fault> faults = faults("web", parameters("port", 80, "memoryMib", "much", "publish", 1));

        // Then
        assertThat(faults).extracting(ParameterRules.Fault::pointer).contains("/port", "/memoryMib", "/publish");
    }

    @Test
    void unknownAndMissingParametersAreNamed() {
        // When
        List<ParameterRules.Fault> unknown = faults("web", parameters("colour", "red"));
        List<ParameterRules.Fault> missing = faults("openclaw-agent", parameters());

        // Then
        assertThat(unknown).singleElement().satisfies(f -> {
            assertThat(f.pointer()).isEqualTo("/colour");
            assertThat(f.detail()).contains("memoryMib");
        });
        assertThat(missing).extracting(ParameterRules.Fault::pointer).containsExactly("/routerUrl", "/routerKey");
    }

    @Test
    void theFloorOfTheAgentsMemoryHolds() {
        // When
        List<ParameterRules.Fault> faults = faults("openclaw-agent",
                parameters("routerUrl", "http://r/v1", "routerKey", KEY, "memoryMib",
                        1535));

        // Then
        assertThat(faults).extracting(ParameterRules.Fault::pointer).containsExactly("/memoryMib");
    }

    @Test
    void aFaultNeverShowsASecret() {
        // When
        List<ParameterRules.Fault> faults = faults("openclaw-agent",
                parameters("routerUrl", "http://r/v1", "routerKey", "hush"));

        // Then
        assertThat(faults).singleElement().satisfies(f -> {
            assertThat(f.pointer()).isEqualTo("/routerKey");
            assertThat(f.detail()).doesNotContain("hush");
        });
    }

    private static ParameterRules.Valid valid(String template, Tree.Fields given, Set<String> stored) {
        ParameterRules.Outcome outcome = Stacks.CATALOGUE.find(template).orElseThrow().resolve(given, stored,
                bytes -> "generated-"
                        + bytes);
        assertThat(outcome).as("%s", outcome).isInstanceOf(ParameterRules.Valid.class);
        return (ParameterRules.Valid) outcome;
    }

    private static List<ParameterRules.Fault> faults(String template, Tree.Fields given) {
        ParameterRules.Outcome outcome = Stacks.resolve(template, given);
        assertThat(outcome).isInstanceOf(ParameterRules.Invalid.class);
        return ((ParameterRules.Invalid) outcome).faults();
    }
}
