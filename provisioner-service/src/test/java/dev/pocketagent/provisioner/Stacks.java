package dev.pocketagent.provisioner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.policy.Draft;
import dev.pocketagent.provisioner.policy.Policy;
import dev.pocketagent.provisioner.policy.PolicySettings;
import dev.pocketagent.provisioner.policy.Review;
import dev.pocketagent.provisioner.render.Renderer;
import dev.pocketagent.provisioner.template.Catalogue;
import dev.pocketagent.provisioner.template.ParameterRules;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/** Short ways to specifications for tests, through the real template, renderer and policy. */
public final class Stacks {

    public static final Catalogue CATALOGUE = Catalogue.shipped();
    public static final StackId ID = new StackId(new UUID(1, 1), "acme",
            new UUID(0x0190_0000_0000_7000L, 0x8000_0000_1234_abcdL), "demo");

    private Stacks() {}

    public static ParameterRules.Outcome resolve(String template, Tree.Fields parameters) {
        return CATALOGUE.find(template).orElseThrow().resolve(parameters, Set.of(), bytes -> "generated-" + bytes);
    }

    /** What the policy says of a shipped template with parameters. */
    public static Review review(String template, Tree.Fields parameters) {
        ParameterRules rules = CATALOGUE.find(template).orElseThrow();
        ParameterRules.Outcome outcome = resolve(template, parameters);
        assertThat(outcome).isInstanceOf(ParameterRules.Valid.class);
        ParameterRules.Valid valid = (ParameterRules.Valid) outcome;
        Map<String, Draft.Versioned> secrets = new HashMap<>();
        valid.secrets().forEach((reference, value) -> secrets.put(reference, new Draft.Versioned(value, 1)));
        return new Policy(PolicySettings.DEFAULT)
                .review(new Draft(ID, template, 1,
                        Renderer.render(rules.template().document(), Renderer.named(valid.values(), ID)),
                        rules.template().exceptions(), secrets));
    }

    public static StackSpec spec(String template, Tree.Fields parameters) {
        Review review = review(template, parameters);
        assertThat(review).isInstanceOf(Review.Approved.class);
        return ((Review.Approved) review).spec();
    }

    /** A specification out of a Compose document, as if a template without exceptions had rendered it. */
    public static StackSpec specOf(String yaml) {
        Review review = reviewOf(yaml);
        assertThat(review).as("%s", review).isInstanceOf(Review.Approved.class);
        return ((Review.Approved) review).spec();
    }

    public static Review reviewOf(String yaml) {
        return new Policy(PolicySettings.DEFAULT)
                .review(new Draft(ID, "test", 1, (Tree.Fields) Trees.readYaml(yaml), List.of(), Map.of()));
    }

    public static Tree.Fields parameters(Object... keysAndValues) {
        Map<String, Tree> fields = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            fields.put((String) keysAndValues[i], tree(keysAndValues[i + 1]));
        }
        return new Tree.Fields(fields);
    }

    private static Tree tree(Object value) {
        return switch (value) {
            case Tree tree -> tree;
            case String text -> Tree.text(text);
            case Integer number -> Tree.number(number);
            case Boolean flag -> Tree.flag(flag);
            case List<?> list -> new Tree.Items(list.stream().map(Stacks::tree).toList());
            default -> throw new IllegalArgumentException(String.valueOf(value));
        };
    }
}
