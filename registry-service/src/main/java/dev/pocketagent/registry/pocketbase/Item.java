package dev.pocketagent.registry.pocketbase;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What is to be done about one record.
 *
 * @param of the record
 * @param tenant the tenant as it was when this was decided; null when there is none yet
 * @param actions changes of the tenant, in this order
 * @param write fields of the record that get another text
 * @param remembered what the link remembers of both sides now
 * @param afterActions what to remember of both sides once the actions are done
 * @param afterWrite what to remember once the fields are written, too
 */
record Item(RemoteRecord of, @Nullable LocalTenant tenant, List<Action> actions, Map<String, String> write,
        List<Finding> findings, Memory remembered, Memory afterActions, Memory afterWrite) {

    /** What a link remembers. */
    record Memory(Values record, Values tenant, Map<String, String> written) {

        static final Memory NONE = new Memory(Values.NONE, Values.NONE, Map.of());

        Memory {
            written = Map.copyOf(written);
        }

        static Memory of(@Nullable Link link) {
            return link == null ? NONE : new Memory(link.record(), link.tenant(), link.written());
        }
    }

    Item {
        actions = List.copyOf(actions);
        write = Map.copyOf(write);
        findings = List.copyOf(findings);
    }

    /** Whether both sides have become equal without us, so that only the link is behind. */
    boolean isNews() {
        return !remembered.equals(afterWrite);
    }
}
