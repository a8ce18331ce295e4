package dev.pocketagent.kit.quota;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;

import dev.pocketagent.kit.db.RowScope;
import io.quarkus.arc.All;

/**
 * Brings rows and things together: things without a row, which a version made that knew none, get one; rows without their thing
 * say so; rows that say another amount than their thing are put right.
 */
@ApplicationScoped
class Adoption {

    private static final Logger LOG = Logger.getLogger(Adoption.class);
    private static final int AT_ONCE = 200;

    private final HoldStore store;
    private final List<Holders> holders;
    private final RowScope rows;

    @Inject
    Adoption(HoldStore store, @All List<Holders> holders, RowScope rows) {
        this.store = store;
        this.holders = holders;
        this.rows = rows;
    }

    /** Looks through all things and all rows, a page in each transaction. */
    void adopt() {
        for (Holders kind : holders) {
            addMissing(kind);
            correctOthers(kind);
        }
    }

    private void addMissing(Holders kind) {
        record Page(List<Holders.Holding> things, int adopted) {}
        UUID last = null;
        int adopted = 0;
        Page page;
        do {
            UUID behind = last;
            page = rows.inAllTenants(() -> {
                List<Holders.Holding> things = kind.page(behind, AT_ONCE);
                Map<String, Holders.Holding> byHolder = byHolder(kind, things);
                int added = 0;
                for (String holder : store.withoutRow(List.copyOf(byHolder.keySet()))) {
                    Holders.Holding thing = byHolder.get(holder);
                    if (thing != null && store.adopt(holder, thing.tenantId(), thing.amounts())) {
                        added++;
                    }
                }
                return new Page(things, added);
            });
            adopted += page.adopted();
            last = page.things().isEmpty() ? null : page.things().getLast().id();
        } while (page.things().size() == AT_ONCE);
        if (adopted > 0) {
            LOG.infof("%d of kind %s had no part of their tenants' quotas yet, it is taken now", adopted, kind.kind());
        }
    }

    /** A row is read before its thing and changed only if it is still the same: so nothing older replaces what is newer. */
    private void correctOthers(Holders kind) {
        String last = "";
        List<Hold> page;
        do {
            String behind = last;
            page = rows.inAllTenants(() -> {
                List<Hold> found = store.page(kind.kind(), behind, AT_ONCE);
                Map<String, Holders.Holding> things = byHolder(kind, kind.find(found.stream()
                        .map(hold -> UUID.fromString(hold.holder().substring(kind.kind().length() + 1))).toList()));
                for (Hold hold : found) {
                    Holders.Holding thing = things.get(hold.holder());
                    Amounts amounts = thing == null ? null : thing.amounts();
                    if (amounts == null || !amounts.equals(hold.wanted())) {
                        LOG.infof("%s takes %s of its tenant's quota, not %s", hold.holder(),
                                amounts == null ? "nothing" : amounts, hold.wanted());
                        store.correct(hold, amounts);
                    }
                }
                return found;
            });
            last = page.isEmpty() ? "" : page.getLast().holder();
        } while (page.size() == AT_ONCE);
    }

    private static Map<String, Holders.Holding> byHolder(Holders kind, List<Holders.Holding> things) {
        Map<String, Holders.Holding> byHolder = new HashMap<>();
        things.forEach(thing -> byHolder.put(kind.holder(thing.id()), thing));
        return byHolder;
    }
}
