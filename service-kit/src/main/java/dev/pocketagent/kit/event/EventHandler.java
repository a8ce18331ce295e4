package dev.pocketagent.kit.event;

/**
 * A bean that wants the registry's events. Each has a cursor of its own in this service's database, moved in the same
 * transaction as the handler's work: an event whose handling failed comes again.
 */
public interface EventHandler {

    /** Name of the cursor. Never change it, or the feed is read again from the start. */
    String name();

    /** Handles one event inside a transaction that sees all tenants' rows. May see an event twice; order holds. */
    void on(Event event);
}
