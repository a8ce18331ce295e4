package dev.pocketagent.provisioner.template;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

import com.fasterxml.jackson.databind.JsonNode;

import dev.harrel.jsonschema.Error;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import dev.harrel.jsonschema.providers.JacksonNode;
import dev.pocketagent.provisioner.backend.SecretText;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/** Checks given parameters by the template's schema, fills in the defaults and puts the secrets apart. */
public final class ParameterRules {

    private final Template template;
    private final Map<String, Template.Parameter> parameters;
    private final Validator validator;
    private final URI schema;

    ParameterRules(Template template) {
        this.template = template;
        this.parameters = template.parameterList();
        // The schemas are ours and checked by a test; reading the meta-schema at start would cost more than all the rest.
        this.validator = new ValidatorFactory().withJsonNodeFactory(new JacksonNode.Factory())
                .withDisabledSchemaValidation(true)
                .createValidator();
        Map<String, Tree> withoutRequired = new LinkedHashMap<>(template.parameters().fields());
        // A secret that is stored already need not be given again, so what is required is checked here.
        withoutRequired.remove("required");
        this.schema = validator.registerSchema(Trees.toJson(new Tree.Fields(withoutRequired)));
    }

    public Template template() {
        return template;
    }

    /** What came of checking. */
    public sealed interface Outcome {}

    /**
     * @param values every parameter that has a value, for the renderer; secrets as references
     * @param plain the same without secrets, to be stored and shown
     * @param secrets values that are new, by reference: {@code name}, or {@code name.KEY} for a secret map
     * @param replaced secret maps that were given: stored entries of these that are not in {@code secrets} are to be forgotten
     */
    public record Valid(Map<String, Tree> values, Tree.Fields plain, Map<String, SecretText> secrets,
            Set<String> replaced)
            implements
                Outcome {}

    public record Invalid(List<Fault> faults) implements Outcome {
        public Invalid {
            faults = List.copyOf(faults);
        }
    }

    /** @param pointer JSON pointer within the parameters; never shows a secret */
    public record Fault(String pointer, String detail) {}

    /**
     * @param given what the caller sent
     * @param stored references of the secrets that the stack already has
     * @param generator makes a random text of so many bytes' strength
     */
    public Outcome resolve(Tree.Fields given, Set<String> stored, IntFunction<String> generator) {
        List<Fault> faults = check(given);
        Map<String, Tree> values = new LinkedHashMap<>();
        Map<String, Tree> plain = new LinkedHashMap<>();
        Map<String, SecretText> secrets = new LinkedHashMap<>();
        Set<String> replaced = new LinkedHashSet<>();
        for (Template.Parameter parameter : parameters.values()) {
            String name = parameter.name();
            Tree value = given.get(name);
            if (value == null && !parameter.secret()) {
                value = parameter.byDefault().orElse(null);
            }
            if (!parameter.secret()) {
                if (value != null) {
                    values.put(name, value);
                    plain.put(name, value);
                }
            } else if (value instanceof Tree.Text text) {
                values.put(name, new Tree.Secret(name));
                secrets.put(name, new SecretText(text.value()));
            } else if (value instanceof Tree.Fields map) {
                Map<String, Tree> references = new LinkedHashMap<>();
                replaced.add(name);
                map.fields().forEach((key, entry) -> {
                    if (entry instanceof Tree.Text text) {
                        references.put(key, new Tree.Secret(name + "." + key));
                        secrets.put(name + "." + key, new SecretText(text.value()));
                    }
                });
                values.put(name, new Tree.Fields(references));
            } else if (stored.contains(name)) {
                values.put(name, new Tree.Secret(name));
            } else if (stored.stream().anyMatch(s -> s.startsWith(name + "."))) {
                Map<String, Tree> references = new LinkedHashMap<>();
                stored.stream().filter(s -> s.startsWith(name + ".")).sorted()
                        .forEach(s -> references.put(s.substring(name.length() + 1), new Tree.Secret(s)));
                values.put(name, new Tree.Fields(references));
            } else if (parameter.generateBytes() > 0) {
                values.put(name, new Tree.Secret(name));
                secrets.put(name, new SecretText(generator.apply(parameter.generateBytes())));
            }
            if (parameter.required() && !values.containsKey(name)) {
                faults.add(new Fault(Trees.pointer("", name), "is needed by the template " + template.name()));
            }
        }
        return faults.isEmpty() ? new Valid(values, new Tree.Fields(plain), secrets, replaced) : new Invalid(faults);
    }

    private List<Fault> check(Tree.Fields given) {
        List<Fault> faults = new ArrayList<>();
        for (String name : given.fields().keySet()) {
            if (!parameters.containsKey(name)) {
                faults.add(new Fault(Trees.pointer("", name), "is not a parameter of the template " + template.name()
                        + "; it has " + String.join(", ", parameters.keySet())));
            }
        }
        if (!faults.isEmpty()) {
            return faults;
        }
        JsonNode json = Trees.toJson(given);
        Validator.Result result = validator.validate(schema, json);
        if (!result.isValid()) {
            for (Error error : result.getErrors()) {
                String pointer = error.getInstanceLocation();
                String[] steps = pointer.split("/", 3);
                Template.Parameter parameter = steps.length > 1 ? parameters.get(steps[1]) : null;
                // The validator quotes the value, which must not happen to a secret.
                faults.add(new Fault(pointer, parameter != null && parameter.secret()
                        ? "does not fit the template's rule \"" + error.getKeyword() + "\""
                        : error.getError()));
            }
        }
        return faults;
    }
}
