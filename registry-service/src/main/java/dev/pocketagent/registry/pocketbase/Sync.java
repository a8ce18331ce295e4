package dev.pocketagent.registry.pocketbase;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.pocketbase.Reconciliation.Decision;
import dev.pocketagent.registry.tenant.Tenants;

/**
 * One run: reads, decides, and carries out unless it is a dry run. Each tenant is changed in a transaction of its own, which
 * also remembers what both sides looked like; only then its record is written. So a run that dies anywhere leaves a state
 * from which the next one goes on.
 */
final class Sync {

    /** So many records in a row that PocketBase does not take end the run: it is away, and the next run goes on. */
    private static final int PATIENCE = 3;
    private static final Pattern UUID_TEXT = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final Settings settings;
    private final PocketBaseClient client;
    private final Links links;
    private final TenantSide tenants;
    private final RowScope rows;
    private final BooleanSupplier onTurn;
    private int failuresInARow;

    /** @param onTurn whether this run may still change anything; asked inside each transaction, and before each call */
    Sync(Settings settings, PocketBaseClient client, Links links, TenantSide tenants, RowScope rows,
            BooleanSupplier onTurn) {
        this.settings = settings;
        this.client = client;
        this.links = links;
        this.tenants = tenants;
        this.rows = rows;
        this.onTurn = onTurn;
    }

    /** The whole list. */
    void all(Tally tally, boolean dryRun) throws PocketBaseException, InterruptedException {
        Collection collection = client.prove();
        Set<String> plans = rows.inAllTenants(links::plans);
        List<RemoteRecord> records = client.list(collection,
                item -> settings.mapping().read(item, collection, plans));
        tally.records(records.size());
        Reconciliation reconciliation = reconciliation(collection);
        Decision decision = rows.inAllTenants(() -> {
            List<Link> known = links.all();
            warn(tally, collection, known.size(), records.size());
            return reconciliation.all(records, links.tenants(
                    records.stream().map(RemoteRecord::slug).filter(Tenants::isSlug).collect(Collectors.toSet()),
                    named(records)), known, links.erased());
        });
        for (Item item : decision.items()) {
            carryOut(item, collection, plans, tally, dryRun);
        }
        decision.missing().forEach(tally::missing);
    }

    /** Some tenants that changed here just now; those without a link are left to the next whole run. */
    void some(Set<UUID> tenantIds, Tally tally) throws PocketBaseException, InterruptedException {
        List<Link> known = rows.inAllTenants(() -> links.of(tenantIds));
        if (known.isEmpty()) {
            return;
        }
        Collection collection = client.prove();
        Set<String> plans = rows.inAllTenants(links::plans);
        for (Link link : known) {
            RemoteRecord record;
            try {
                record = settings.mapping().read(client.get(link.recordId()), collection, plans);
            } catch (PocketBaseException e) {
                if (e.trouble() == Trouble.RECORD_UNKNOWN) {
                    continue;
                }
                throw e;
            }
            tally.records(1);
            LocalTenant tenant = rows.inAllTenants(() -> links.tenant(link.tenantId()));
            carryOut(reconciliation(collection).one(record, tenant, link, null), collection, plans, tally, false);
        }
    }

    private Reconciliation reconciliation(Collection collection) {
        return new Reconciliation(settings.mapping(), collection, settings.conflict(), settings.create());
    }

    private static Set<UUID> named(List<RemoteRecord> records) {
        return records.stream().map(RemoteRecord::tenantId)
                .filter(id -> id != null && UUID_TEXT.matcher(id).matches()).map(UUID::fromString)
                .collect(Collectors.toSet());
    }

    private void warn(Tally tally, Collection collection, int linked, int records) {
        if (linked >= 4 && records < linked / 2 || linked > 0 && records == 0) {
            tally.warn("PocketBase lists " + records + " records, and " + linked + " tenants are linked with one."
                    + " Nothing is done to tenants whose record is missing");
        }
        List<String> absent = settings.mapping().fields().stream().filter(field -> !collection.has(field)).toList();
        if (!absent.isEmpty()) {
            tally.warn("The collection has no field " + String.join(", ", absent) + ": neither read nor written");
        }
    }

    private void carryOut(Item item, Collection collection, Set<String> plans, Tally tally, boolean dryRun)
            throws PocketBaseException, InterruptedException {
        LocalTenant tenant = item.tenant();
        UUID tenantId = tenant == null ? null : tenant.id();
        item.findings().forEach(finding -> tally.finding(item, tenantId, finding));
        if (item.actions().isEmpty() && item.write().isEmpty() && item.findings().isEmpty()) {
            tally.unchanged();
        }
        if (dryRun) {
            item.actions().forEach(action -> tally.action(item, tenantId, action));
            if (!item.write().isEmpty()) {
                tally.write(item, tenantId, item.write());
            }
            return;
        }
        UUID id = tenantId;
        if (!item.actions().isEmpty()) {
            id = apply(item, tally);
            if (id == null) {
                return;
            }
        }
        if (!item.write().isEmpty()) {
            write(item, id, collection, plans, tally);
        } else if (id != null && item.actions().isEmpty() && usable(item) && item.isNews()) {
            UUID linked = id;
            rows.inAllTenants(() -> {
                mustBeOnTurn();
                Link known = lockedLink(linked);
                if (known != null && !Item.Memory.of(known).equals(item.afterWrite())) {
                    links.put(linked, item.of().id(), item.afterWrite());
                }
                return true;
            });
        }
    }

    private static boolean usable(Item item) {
        return item.findings().stream().noneMatch(finding -> finding.kind() == Finding.Kind.BAD);
    }

    /** Changes the tenant; null when that could not be done. */
    private @Nullable UUID apply(Item item, Tally tally) throws PocketBaseException {
        LocalTenant before = item.tenant();
        try {
            UUID id = rows.inAllTenants(() -> {
                mustBeOnTurn();
                UUID changed = tenants.apply(item, settings.collection());
                if (changed != null) {
                    links.put(changed, item.of().id(), item.afterActions());
                }
                return changed;
            });
            if (id == null) {
                tally.failed(item, before == null ? null : before.id(), null,
                        "the tenant changed at the same moment; the next run looks again");
                return null;
            }
            item.actions().forEach(action -> tally.action(item, id, action));
            return id;
        } catch (OffTurnException e) {
            throw offTurn();
        } catch (ProblemException e) {
            tally.failed(item, before == null ? null : before.id(), null, e.type().code() + ": " + e.detail());
            return null;
        }
    }

    /** Reads the record again, compares, and writes what is ours and differs. */
    private void write(Item item, @Nullable UUID tenantId, Collection collection, Set<String> plans, Tally tally)
            throws PocketBaseException, InterruptedException {
        if (!onTurn.getAsBoolean()) {
            throw offTurn();
        }
        try {
            RemoteRecord fresh = settings.mapping().read(client.get(item.of().id()), collection, plans);
            if (!fresh.values().equals(item.of().values()) || !fresh.slug().equals(item.of().slug())
                    || !fresh.errors().equals(item.of().errors())) {
                tally.failed(item, tenantId, null, "the record changed at the same moment; the next run looks again");
                return;
            }
            Map<String, String> fields = new HashMap<>(item.write());
            Item.Memory memory = item.afterWrite();
            if (usable(item) && tenantId != null) {
                Item again = rows.inAllTenants(() -> reconciliation(collection).one(fresh, links.tenant(tenantId),
                        links.of(Set.of(tenantId)).stream().findFirst().orElse(null), null));
                if (!again.actions().isEmpty()) {
                    tally.failed(item, tenantId, null,
                            "the tenant changed at the same moment; the next run looks again");
                    return;
                }
                fields = new HashMap<>(again.write());
                memory = again.afterWrite();
            }
            fields.entrySet().removeIf(field -> field.getValue().equals(fresh.raw().get(field.getKey())));
            if (!fields.isEmpty()) {
                client.patch(item.of().id(), fields);
                tally.write(item, tenantId, fields);
            }
            failuresInARow = 0;
            if (usable(item) && tenantId != null) {
                Item.Memory remembered = memory;
                Map<String, String> written = Map.copyOf(fields);
                rows.inAllTenants(() -> {
                    mustBeOnTurn();
                    // The write may have taken minutes. A tenant erased meanwhile must get nothing back: no link with
                    // its name, no line in its trail, which would make a new data key for it.
                    if (lockedLink(tenantId) != null) {
                        links.put(tenantId, item.of().id(), remembered);
                        tenants.recordWrite(tenantId, item.of().id(), written);
                    }
                    return true;
                });
            }
        } catch (OffTurnException e) {
            throw offTurn();
        } catch (PocketBaseException e) {
            switch (e.trouble()) {
                case REFUSED, RECORD_UNKNOWN -> {
                    List<String> fields = new ArrayList<>(e.fields().keySet());
                    tally.failed(item, tenantId, fields.isEmpty() ? null : String.join(", ", fields), e.getMessage());
                }
                case TIMED_OUT, SERVER_ERROR -> {
                    tally.failed(item, tenantId, null, e.getMessage());
                    if (++failuresInARow >= PATIENCE) {
                        throw e;
                    }
                }
                default -> throw e;
            }
        }
    }

    /** A tenant's link, which stays until the transaction ends; null when it has none, or was erased. */
    private @Nullable Link lockedLink(UUID tenantId) {
        return tenants.holdUnlessErased(tenantId)
                ? links.of(Set.of(tenantId)).stream().findFirst().orElse(null)
                : null;
    }

    private void mustBeOnTurn() {
        if (!onTurn.getAsBoolean()) {
            throw new OffTurnException();
        }
    }

    private static PocketBaseException offTurn() {
        return new PocketBaseException(Trouble.LEASE_LOST,
                "Another replica took over, because this one was silent for " + Turn.HELD.toSeconds() + " s");
    }

    /** Rolls the transaction back. */
    private static final class OffTurnException extends RuntimeException {
        OffTurnException() {
            super(null, null, false, false);
        }
    }
}
