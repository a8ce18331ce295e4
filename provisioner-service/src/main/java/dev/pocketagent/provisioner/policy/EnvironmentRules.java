package dev.pocketagent.provisioner.policy;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import dev.pocketagent.provisioner.backend.SecretText;
import dev.pocketagent.provisioner.tree.Tree;

/** A service's environment, the only place where secrets may go. Nothing is taken from the environment of the host. */
final class EnvironmentRules {

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

    private EnvironmentRules() {}

    /**
     * Values by variable.
     *
     * @param plain as they stand in the document
     * @param secretVersions reference and version of each secret: changes with the value, and tells nothing about it
     */
    record Environment(Map<String, String> plain, Map<String, SecretText> secrets, Tree.Fields secretVersions) {}

    /** @param known secrets by reference */
    static Environment read(Place service, Map<String, Draft.Versioned> known) {
        Map<String, String> references = new LinkedHashMap<>();
        Map<String, String> plain = service.textMap("environment", references);
        Set<String> names = new LinkedHashSet<>(plain.keySet());
        names.addAll(references.keySet());
        for (String variable : names) {
            if (!NAME.matcher(variable).matches()) {
                service.refuse(Rule.VALUE_INVALID, "environment", "a name has letters, digits and _ only");
            }
        }
        Map<String, SecretText> secrets = new LinkedHashMap<>();
        Map<String, Tree> versions = new LinkedHashMap<>();
        references.forEach((variable, reference) -> {
            Draft.Versioned secret = known.get(reference);
            if (secret == null) {
                service.refuse(Rule.VALUE_INVALID, "environment", "the secret " + reference + " has no value");
            } else if (!Place.sound(secret.value().reveal())) {
                service.refuse(Rule.TEXT_INVALID, "environment", "in the secret " + reference);
            } else {
                secrets.put(variable, secret.value());
                versions.put(variable, Tree.text(reference + "@" + secret.version()));
            }
        });
        return new Environment(plain, secrets, new Tree.Fields(versions));
    }
}
