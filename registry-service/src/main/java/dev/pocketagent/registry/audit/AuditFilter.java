package dev.pocketagent.registry.audit;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Which rows of the trail are wanted; null means any.
 *
 * @param tenant whose rows
 * @param action an action, or the begin of several: {@code tenant.*} means all that begin with {@code tenant.}
 * @param actor key id of whoever made the change
 * @param target what was changed
 * @param from the first moment
 * @param to the first moment that is too late
 */
record AuditFilter(@Nullable UUID tenant, @Nullable String action, @Nullable UUID actor, @Nullable String target,
        @Nullable Instant from, @Nullable Instant to) {

    /** A condition in SQL with the values of its parameters. */
    record Condition(String text, List<Object> values) {
        Condition {
            values = List.copyOf(values);
        }
    }

    /** All rows of a tenant, or of all of them. */
    static AuditFilter of(@Nullable UUID tenant) {
        return new AuditFilter(tenant, null, null, null, null, null);
    }

    /** Whether several actions are wanted. */
    boolean hasManyActions() {
        return action != null && action.endsWith(".*");
    }

    /** The text that the wanted actions begin with, if there are several: {@code tenant.} of {@code tenant.*}. */
    String actionsFrom() {
        String name = String.valueOf(action);
        return name.substring(0, name.length() - 1);
    }

    /** The first text in byte order that is behind all wanted actions: {@code tenant/} of {@code tenant.*}. */
    String actionsTo() {
        String from = actionsFrom();
        return from.substring(0, from.length() - 1) + (char) (from.charAt(from.length() - 1) + 1);
    }

    /** The rows as a condition on {@code audit_row}, of operators that may use an index under row-level security. */
    Condition where() {
        return action == null || hasManyActions() ? where("") : where("and action collate \"C\" = ?", action);
    }

    /** As {@link #where()}, for one of several actions, which is the first parameter. */
    Condition whereActionIs(String sql) {
        return where("and action collate \"C\" = " + sql);
    }

    private Condition where(String first, Object... firstValues) {
        StringBuilder text = new StringBuilder("true ").append(first);
        List<Object> values = new ArrayList<>(List.of(firstValues));
        if (tenant != null) {
            text.append(" and tenant_id = ?");
            values.add(tenant);
            if (hasManyActions()) {
                text.append(" and action collate \"C\" >= ? and action collate \"C\" < ?");
                values.add(actionsFrom());
                values.add(actionsTo());
            }
        }
        if (actor != null) {
            text.append(" and actor_key_id = ?");
            values.add(actor);
        }
        if (target != null) {
            text.append(" and target collate \"C\" = ?");
            values.add(target);
        }
        if (from != null) {
            text.append(" and at >= ?");
            values.add(from.atOffset(ZoneOffset.UTC));
        }
        if (to != null) {
            text.append(" and at < ?");
            values.add(to.atOffset(ZoneOffset.UTC));
        }
        return new Condition(text.toString(), values);
    }

    /** What was asked for, for people. */
    Map<String, Object> described() {
        Map<String, Object> all = new LinkedHashMap<>();
        put(all, "tenant", tenant);
        put(all, "action", action);
        put(all, "actor", actor);
        put(all, "target", target);
        put(all, "from", from);
        put(all, "to", to);
        return all;
    }

    private static void put(Map<String, Object> all, String name, @Nullable Object value) {
        if (value != null) {
            all.put(name, value.toString());
        }
    }
}
