package dev.pocketagent.registry.event;

import java.util.List;

/** The catalogue of events: what the feed documents, and what lists and webhooks may ask for. */
public final class EventTypes {

    /** Every type, as documentation lists them. A type keeps its meaning for ever. */
    public static final String LISTED = "tenant.created, tenant.updated, tenant.suspended, tenant.resumed, "
            + "tenant.deleting, tenant.undeleted, tenant.purged, plan.created, key.created, key.updated, "
            + "key.rotated, key.revoked, key.expired, audit.heads-exported";

    /** Every type. */
    public static final List<String> ALL = List.of(LISTED.split(", "));

    /** Every group, such as {@code tenant.*}. */
    public static final List<String> GROUPS = ALL.stream().map(EventTypes::group).distinct().sorted().toList();

    private EventTypes() {}

    /** The group of a type: {@code tenant.*} of {@code tenant.created}. */
    public static String group(String type) {
        return type.substring(0, type.indexOf('.') + 1) + "*";
    }

    /** The types that are meant by one, or by the name of a group; none when there is no such thing. */
    public static List<String> meantBy(String pattern) {
        return ALL.stream().filter(type -> type.equals(pattern) || group(type).equals(pattern)).toList();
    }
}
