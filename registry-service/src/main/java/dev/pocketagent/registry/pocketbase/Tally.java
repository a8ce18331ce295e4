package dev.pocketagent.registry.pocketbase;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.pocketbase.Report.Failure;
import dev.pocketagent.registry.pocketbase.Report.Line;

/** Gathers a run's report. For one thread. */
final class Tally {

    private static final int MOST_LINES = 1_000;
    private static final int LONGEST_TEXT = 500;

    /** Kinds of lines. */
    enum Kind {
        CREATE, LINK, RENAME, MOVE_PLAN, SUSPEND, RESUME, WRITE, DRIFT, CONFLICT, BAD, MISSING, FAILED
    }

    private final UUID id;
    private final String trigger;
    private final boolean dryRun;
    private final Instant startedAt;
    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    private final List<String> warnings = new ArrayList<>();
    private final List<Line> lines = new ArrayList<>();
    private int records;
    private int unchanged;
    private boolean truncated;
    private @Nullable Failure failure;

    Tally(UUID id, String trigger, boolean dryRun, Instant startedAt) {
        this.id = id;
        this.trigger = trigger;
        this.dryRun = dryRun;
        this.startedAt = startedAt;
    }

    void records(int number) {
        records += number;
    }

    void unchanged() {
        unchanged++;
    }

    void warn(String warning) {
        warnings.add(warning);
    }

    void fail(Trouble trouble, String detail) {
        failure = new Failure(trouble.code(), Mapping.printable(detail));
    }

    boolean failed() {
        return failure != null;
    }

    int count(Kind kind) {
        return counts.getOrDefault(kind, 0);
    }

    /** What an action does to a tenant. */
    void action(Item item, @Nullable UUID tenantId, Action action) {
        boolean done = !dryRun;
        switch (action) {
            case Action.Create(String slug, String name, String plan, boolean suspended) -> {
                line(Kind.CREATE, done, item, tenantId, "plan", null, plan, null);
                if (suspended) {
                    line(Kind.SUSPEND, done, item, tenantId, "state", "active", "suspended", null);
                }
            }
            case Action.Adopt adopt -> line(Kind.LINK, done, item, tenantId, null, null, null, null);
            case Action.Rename(String from, String to) ->
                line(Kind.RENAME, done, item, tenantId, "name", from, to, null);
            case Action.MovePlan(String from, String to) ->
                line(Kind.MOVE_PLAN, done, item, tenantId, "plan", from, to, null);
            case Action.Suspend suspend ->
                line(Kind.SUSPEND, done, item, tenantId, "state", "active", "suspended", null);
            case Action.Resume resume ->
                line(Kind.RESUME, done, item, tenantId, "state", "suspended", "active", null);
        }
    }

    /** What is only said. */
    void finding(Item item, @Nullable UUID tenantId, Finding finding) {
        Kind kind = switch (finding.kind()) {
            case DRIFT -> Kind.DRIFT;
            case CONFLICT -> Kind.CONFLICT;
            case BAD -> Kind.BAD;
        };
        line(kind, false, item, tenantId, finding.field(), finding.tenant(), finding.record(), finding.reason());
    }

    /** Fields of a record that were written, or would be. Counts as one record. */
    void write(Item item, @Nullable UUID tenantId, Map<String, String> fields) {
        boolean first = true;
        for (Map.Entry<String, String> field : new TreeMap<>(fields).entrySet()) {
            String to = field.getValue().equals(Reconciliation.NOT_MADE_YET.toString())
                    ? "(id of the new tenant)"
                    : field.getValue();
            Line line = new Line(text(Kind.WRITE), !dryRun, item.of().id(), item.of().slug(), tenantId, field.getKey(),
                    item.of().raw().get(field.getKey()), cut(to), null);
            add(line, first ? Kind.WRITE : null);
            first = false;
        }
    }

    /** A linked tenant whose record is gone. */
    void missing(Reconciliation.Missing missing) {
        add(new Line(text(Kind.MISSING), false, missing.recordId(), missing.tenant().slug(), missing.tenant().id(),
                null, null, null,
                "the tenant's record is not in PocketBase any more; the tenant stays as it is"), Kind.MISSING);
        counts.merge(Kind.DRIFT, 1, Integer::sum);
    }

    /** Something that could not be done. */
    void failed(Item item, @Nullable UUID tenantId, @Nullable String field, String reason) {
        line(Kind.FAILED, false, item, tenantId, field, null, null, reason);
    }

    private void line(Kind kind, boolean done, Item item, @Nullable UUID tenantId, @Nullable String field,
            @Nullable String from, @Nullable String to, @Nullable String reason) {
        add(new Line(text(kind), done, item.of().id(), cut(item.of().slug()), tenantId, field, cut(from), cut(to),
                cut(reason)), kind);
    }

    private void add(Line line, @Nullable Kind counted) {
        if (counted != null) {
            counts.merge(counted, 1, Integer::sum);
        }
        if (lines.size() < MOST_LINES) {
            lines.add(line);
        } else {
            truncated = true;
        }
    }

    private static String text(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable String cut(@Nullable String text) {
        if (text == null) {
            return null;
        }
        // What PocketBase answers may quote anything.
        return Mapping.printable(text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT));
    }

    Report report(Instant finishedAt) {
        String outcome = failure != null
                ? Report.FAILED
                : count(Kind.FAILED) > 0 ? Report.PARTIAL : Report.COMPLETED;
        return new Report(id, trigger, dryRun, startedAt, finishedAt, outcome, failure,
                new Report.Counts(records, unchanged, count(Kind.CREATE), count(Kind.LINK), count(Kind.RENAME),
                        count(Kind.MOVE_PLAN), count(Kind.SUSPEND), count(Kind.RESUME), count(Kind.WRITE),
                        count(Kind.DRIFT), count(Kind.CONFLICT), count(Kind.BAD), count(Kind.MISSING),
                        count(Kind.FAILED)),
                warnings, lines, truncated);
    }
}
