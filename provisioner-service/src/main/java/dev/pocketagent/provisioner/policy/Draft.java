package dev.pocketagent.provisioner.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.SecretText;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.template.Template;
import dev.pocketagent.provisioner.tree.Tree;

/**
 * A document that asks to run.
 *
 * @param template name of the template that it came from
 * @param revision number that its parts will be labelled with
 * @param document Compose document, rendered
 * @param exceptions those of the shipped template; empty for anything that a tenant wrote
 * @param secrets value and version of every secret that the document refers to, by reference
 */
public record Draft(StackId id, String template, long revision, Tree.Fields document,
        List<Template.Exemption> exceptions,
        Map<String, Versioned> secrets) {

    public Draft {
        exceptions = List.copyOf(exceptions);
        secrets = Map.copyOf(secrets);
    }

    /** The platform's labels of a part beside its own, in a map that may be added to. */
    Map<String, String> labels(String part, Map<String, String> own) {
        Map<String, String> labels = new LinkedHashMap<>(own);
        labels.put(Labels.TENANT, id.tenantId().toString());
        labels.put(Labels.STACK, id.stackId().toString());
        labels.put(Labels.STACK_NAME, id.name());
        labels.put(Labels.PART, part);
        labels.put(Labels.TEMPLATE, template);
        labels.put(Labels.REVISION, String.valueOf(revision));
        return labels;
    }

    /** @param version counts up when the value changes, so that hashes follow without telling anything about it */
    public record Versioned(SecretText value, long version) {}
}
