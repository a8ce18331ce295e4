package dev.pocketagent.provisioner.policy;

import java.util.List;

import dev.pocketagent.provisioner.template.Template;
import dev.pocketagent.provisioner.tree.Trees;

/**
 * The exceptions from rules that the template has for one service.
 *
 * @param template all of the template's
 * @param service its name
 * @param notes gets each exception that is used, with the template's reason
 */
record Exemptions(List<Template.Exemption> template, String service, List<Finding> notes) {

    /** Refuses the key by the rule, unless the template may have it. */
    void claim(Rule rule, Place place, String key) {
        for (Template.Exemption exemption : template) {
            if (exemption.rule().equals(rule.id()) && exemption.service().equals(service)) {
                String at = Trees.pointer(place.pointer(), key);
                notes.add(new Finding(rule.id(), at,
                        at + " " + rule.sentence() + "; the template may: " + exemption.reason()));
                return;
            }
        }
        place.refuse(rule, key, "");
    }
}
