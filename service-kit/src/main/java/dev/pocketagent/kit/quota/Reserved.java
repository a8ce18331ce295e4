package dev.pocketagent.kit.quota;

import java.util.UUID;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;

/**
 * What came of asking for part of a tenant's quota for one thing, to be taken into the transaction that stores the thing. Close
 * it behind that transaction: what was not kept, or kept by one that did not commit, is given back.
 *
 * <p>No record: what an {@code @Idempotent} method gets as a record is part of the request that it remembers.
 */
public final class Reserved implements AutoCloseable {

    /** What the thing has was changed meanwhile, so that something else is needed than was found out: begin anew. */
    public static final class OutdatedException extends RuntimeException {
        public OutdatedException() {
            super("what the thing takes was changed meanwhile", null, false, false);
        }
    }

    private final Holds holds;
    private final UUID tenantId;
    private final String holder;
    private final Amounts amounts;
    private final @Nullable UUID reservation;
    private final @Nullable UUID replaces;
    private final @Nullable ProblemException refusal;
    private volatile boolean kept;

    /**
     * @param reservation null when the registry holds so much for it already, or has refused
     * @param replaces what the thing has, and whose place the reservation takes
     * @param refusal why it gets nothing; null when it may have it
     */
    Reserved(Holds holds, UUID tenantId, String holder, Amounts amounts, @Nullable UUID reservation,
            @Nullable UUID replaces, @Nullable ProblemException refusal) {
        this.holds = holds;
        this.tenantId = tenantId;
        this.holder = holder;
        this.amounts = amounts;
        this.reservation = reservation;
        this.replaces = replaces;
        this.refusal = refusal;
    }

    /** Whether this is what was asked for this thing, and so much of everything. */
    public boolean isFor(String otherHolder, Amounts otherAmounts) {
        return holder.equals(otherHolder) && amounts.equals(otherAmounts);
    }

    /**
     * Writes down, in the present transaction, that the thing is there and takes this. When that has committed the registry is
     * told.
     *
     * @throws ProblemException when the tenant does not get it
     * @throws OutdatedException when the thing has something else by now than when this was reserved
     */
    public void keep() {
        if (refusal != null) {
            throw refusal;
        }
        holds.keep(this);
    }

    /** Gives back what no committed transaction has kept. Does not wait for it: it would end by itself, too. */
    @Override
    public void close() {
        if (reservation != null && !kept) {
            holds.giveBack(reservation);
        }
    }

    UUID tenantId() {
        return tenantId;
    }

    String holder() {
        return holder;
    }

    Amounts amounts() {
        return amounts;
    }

    @Nullable
    UUID reservation() {
        return reservation;
    }

    @Nullable
    UUID replaces() {
        return replaces;
    }

    void committed() {
        kept = true;
    }
}
