package dev.pocketagent.kit.event;

/**
 * A bean that wants the registry's events. Each has a cursor of its own in this service's database, moved in the same
 * transaction as the handler's work: an event whose handling failed comes again.
 *
 * <p>A registry that is restored from an older dump takes events back that were handled here. Then each handler is told the
 * present state of every tenant that the registry knows, as if the tenant had just come to it ({@code tenant.resumed},
 * {@code .suspended}, {@code .deleting} or {@code .purged}), and goes on from the feed's end.
 */
public interface EventHandler {

    /** Name of the cursor. Never change it, or the feed is read again from the start. */
    String name();

    /** Whether it begins at the feed's end when it is new, because what was before cannot concern it. */
    default boolean beginsAtEnd() {
        return false;
    }

    /**
     * Whether events of a type concern it, for example {@code tenant.purged}. It is not told of others, and many of them in a
     * row cost one transaction, so that a long feed is caught up with soon.
     */
    default boolean wants(String type) {
        return true;
    }

    /** Handles one event that it {@link #wants} inside a transaction that sees all tenants' rows. May see an event twice; order holds. */
    void on(Event event);
}
