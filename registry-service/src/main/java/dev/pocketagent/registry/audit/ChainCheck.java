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
        /** The chain ends before or after the end that was noted beside it: rows were cut off or added. */
        END_WRONG,
        /** An end that was noted outside of the database is not in the chain: its tail was cut off, or it was written anew. */
        HEAD_MISSING
    }

    private final Chain chain;
    private Head end = Head.NONE;
    private long rows;
    private @Nullable Break first;

    /** @param chain may serve many checks, one after the other */
    ChainCheck(Chain chain) {
        this.chain = chain;
    }

    void row(AuditRow row) {
        rows++;
        if (first == null) {
            first = breakAt(row);
        }
        // Also behind a break: whoever reads on in pieces goes on from here.
        end = new Head(row.seq(), row.hash());
    }

    private @Nullable Break breakAt(AuditRow row) {
        long expected = end.seq() + 1;
        if (row.seq() != expected) {
            return new Break(expected, Reason.ROW_MISSING);
        }
        if (!row.previous().equals(end.hash())) {
            return new Break(row.seq(), Reason.LINK_BROKEN);
        }
        return row.hash().equals(chain.hash(row)) ? null : new Break(row.seq(), Reason.ROW_CHANGED);
    }

    /** Compares the end with the one noted beside the chain; call it after the last row. */
    void end(Head noted) {
        if (first == null && !noted.equals(end)) {
            first = new Break(Math.min(noted.seq(), end.seq()) + (noted.seq() == end.seq() ? 0 : 1), Reason.END_WRONG);
        }
    }

    /** Takes note of what was found out about the chain in another way; what is wrong further in front stays the first. */
    void found(Break other) {
        if (first == null || other.seq() < first.seq()) {
            first = other;
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
