package dev.pocketagent.router.usage;

import java.util.List;

/** Where rows end up. The seam between the pipeline and the database. */
interface UsageStore {

    /** What became of a block of rows. */
    sealed interface Outcome {

        /** All that belong there are; {@code added} of them were not before. Those of erased tenants are dropped. */
        record Stored(int added) implements Outcome {}

        /** None is there; it may go better later. */
        record Away() implements Outcome {}

        /** None is there, because of what one of them holds. */
        record Rejected() implements Outcome {}
    }

    Outcome insert(List<UsageRow> rows);
}
