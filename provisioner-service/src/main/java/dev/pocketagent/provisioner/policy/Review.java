package dev.pocketagent.provisioner.policy;

import java.util.List;

import dev.pocketagent.provisioner.backend.StackSpec;

/** What the policy decided about a document. */
public sealed interface Review {

    /**
     * @param spec complete, with all guardrails
     * @param notes what is worth knowing: exceptions in use, images without a digest
     */
    record Approved(StackSpec spec, List<Finding> notes) implements Review {
        public Approved {
            notes = List.copyOf(notes);
        }
    }

    /** @param findings at least one; all that were found, so that they can be mended in one go */
    record Refused(List<Finding> findings) implements Review {
        public Refused {
            findings = List.copyOf(findings);
        }
    }
}
