package dev.pocketagent.registry.audit;

import org.jspecify.annotations.Nullable;

/**
 * Checks one tenant's chain, fed row by row in the order of {@code seq}. Rows may be as many as they like: only the end of
 * what was seen is kept.
 */
final class ChainCheck {

    /** What is wrong with a chain, at the first row that is wrong. */
    record Break(long seq, Reason reason) {}

    enum Reason {
        /** A row is not there: cut out of the middle or off the front. */
        ROW_MISSING,
        /** The row does not carry on from the one before it. */
        LINK_BROKEN,
        /** The row's fields do not give its hash: it was edited. */
        ROW_CHANGED,
        /** The chain ends before or after the end that was noted: rows were cut off or added. */
        END_WRONG
    }

    private final Chain chain = new Chain();
    private Head end = Head.NONE;
    private long rows;
    private @Nullable Break first;

    void row(AuditRow row) {
        rows++;
        if (first != null) {
            return;
        }
        long expected = end.seq() + 1;
        if (row.seq() != expected) {
            first = new Break(expected, Reason.ROW_MISSING);
        } else if (!row.previous().equals(end.hash())) {
            first = new Break(row.seq(), Reason.LINK_BROKEN);
        } else if (!row.hash().equals(chain.hash(row))) {
            first = new Break(row.seq(), Reason.ROW_CHANGED);
        }
        end = new Head(row.seq(), row.hash());
    }

    /** Compares the end with the one noted beside the chain; call it after the last row. */
    void end(Head noted) {
        if (first == null && !noted.equals(end)) {
            first = new Break(Math.min(noted.seq(), end.seq()) + (noted.seq() == end.seq() ? 0 : 1), Reason.END_WRONG);
        }
    }

    long rows() {
        return rows;
    }

    /** The end of what was seen. */
    Head head() {
        return end;
    }

    /** The first thing wrong; null when the chain is whole. */
    @Nullable
    Break firstBreak() {
        return first;
    }
}
