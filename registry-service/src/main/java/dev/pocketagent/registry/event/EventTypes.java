package dev.pocketagent.registry.event;

import java.util.List;

/** The catalogue of events: what the feed documents, and what webhooks may ask for. */
public final class EventTypes {

    /** Every type, as documentation lists them. A type keeps its meaning for ever. */
    public static final String LISTED = "tenant.created, tenant.updated, tenant.suspended, tenant.resumed, "
            + "tenant.deleting, tenant.undeleted, tenant.purged, plan.created, key.created, key.rotated, key.revoked, "
            + "key.expired, audit.heads-exported";

    /** Every type. */
    public static final List<String> ALL = List.of(LISTED.split(", "));

    private EventTypes() {}
}
