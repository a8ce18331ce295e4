package dev.pocketagent.router.usage;

import java.util.List;

/** Where rows end up. The seam between the pipeline and the database. */
interface UsageStore {

    /** What became of a block of rows. */
    enum Outcome {
        /** All are there, or were there already. */
        STORED,
        /** None is there; it may go better later. */
        AWAY,
        /** None is there, because of what one of them holds. */
        REJECTED
    }

    Outcome insert(List<UsageRow> rows);
}
