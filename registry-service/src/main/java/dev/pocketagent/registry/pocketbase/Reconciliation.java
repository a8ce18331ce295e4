package dev.pocketagent.registry.pocketbase;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.pocketbase.Finding.Kind;
import dev.pocketagent.registry.pocketbase.RemoteRecord.FieldError;
import dev.pocketagent.registry.tenant.TenantState;

/**
 * Decides what is to be done so that tenants follow their records, and what the records are told. It only decides: a dry
 * run shows the same list that another run carries out. Deciding again after carrying out yields nothing more to do.
 */
final class Reconciliation {

    /** Stands for a tenant that is not made yet. */
    static final UUID NOT_MADE_YET = new UUID(0, 0);

    /** A linked tenant whose record is gone. Only ever reported: a short list may be PocketBase's mistake. */
    record Missing(LocalTenant tenant, String recordId) {}

    /** What is to be done, in the order of the records. */
    record Decision(List<Item> items, List<Missing> missing) {

        Decision {
            items = List.copyOf(items);
            missing = List.copyOf(missing);
        }
    }

    private final Mapping mapping;
    private final Collection collection;
    private final Conflict policy;
    private final boolean create;

    /** @param create whether a record without a tenant becomes one */
    Reconciliation(Mapping mapping, Collection collection, Conflict policy, boolean create) {
        this.mapping = mapping;
        this.collection = collection;
        this.policy = policy;
        this.create = create;
    }

    /**
     * Decides on the whole list.
     *
     * @param tenants those with a slug or an id that a record names, and those with a link
     * @param links all of them
     * @param erased ids of records whose tenants were erased
     */
    Decision all(List<RemoteRecord> records, List<LocalTenant> tenants, List<Link> links, Set<String> erased) {
        Map<String, LocalTenant> bySlug = tenants.stream()
                .collect(Collectors.toMap(LocalTenant::slug, tenant -> tenant));
        Map<String, LocalTenant> byId = tenants.stream()
                .collect(Collectors.toMap(tenant -> tenant.id().toString(), tenant -> tenant));
        Map<String, Link> byRecord = links.stream().collect(Collectors.toMap(Link::recordId, link -> link));
        Map<UUID, Link> byTenant = links.stream().collect(Collectors.toMap(Link::tenantId, link -> link));
        Set<String> present = records.stream().map(RemoteRecord::id).collect(Collectors.toSet());
        Map<String, List<String>> sameSlug = records.stream().collect(Collectors.groupingBy(RemoteRecord::slug,
                Collectors.mapping(RemoteRecord::id, Collectors.toList())));
        List<Item> items = new ArrayList<>();
        Set<UUID> met = new HashSet<>();
        for (RemoteRecord record : records) {
            Link link = byRecord.get(record.id());
            LocalTenant tenant = link == null
                    ? bySlug.get(record.slug())
                    : byId.get(link.tenantId().toString());
            String replaced = null;
            FieldError stranger = null;
            if (link == null && record.errors().isEmpty()) {
                Link other = tenant == null ? null : byTenant.get(tenant.id());
                stranger = erased.contains(record.id())
                        ? new FieldError("id", "the tenant of this record was erased; delete the record")
                        : stranger(record, tenant, byId, sameSlug.getOrDefault(record.slug(), List.of()));
                if (stranger == null && other != null) {
                    if (present.contains(other.recordId())) {
                        stranger = new FieldError(mapping.names().slug(),
                                "belongs to a tenant that record " + other.recordId() + " stands for");
                    } else {
                        replaced = other.recordId();
                    }
                }
            }
            if (tenant != null && stranger == null) {
                met.add(tenant.id());
            }
            items.add(stranger != null
                    ? unusable(record, null, null, List.of(stranger))
                    : one(record, tenant, link, replaced));
        }
        List<Missing> missing = new ArrayList<>();
        for (Link link : links) {
            LocalTenant tenant = byId.get(link.tenantId().toString());
            if (tenant != null && !present.contains(link.recordId()) && !met.contains(link.tenantId())) {
                missing.add(new Missing(tenant, link.recordId()));
            }
        }
        return new Decision(items, missing);
    }

    /** Why a record without a link must not be taken for the tenant that it seems to be; null when it may. */
    private @Nullable FieldError stranger(RemoteRecord record, @Nullable LocalTenant tenant,
            Map<String, LocalTenant> byId, List<String> sameSlug) {
        String named = record.tenantId();
        if (sameSlug.size() > 1) {
            return new FieldError(mapping.names().slug(), "is in several records: "
                    + sameSlug.stream().limit(5).collect(Collectors.joining(", ")));
        }
        if (named == null || tenant != null && tenant.id().toString().equals(named)) {
            return null;
        }
        if (tenant != null) {
            return new FieldError(mapping.names().tenantId(), "names another tenant than the slug does; empty it");
        }
        LocalTenant other = byId.get(named);
        return other == null
                ? new FieldError(mapping.names().tenantId(),
                        "names a tenant that is not here; empty it to have one made")
                : new FieldError(mapping.names().slug(),
                        "differs from the slug of the named tenant, '" + other.slug() + "'; slugs never change");
    }

    /** Decides on one record and the tenant that it stands for. */
    Item one(RemoteRecord record, @Nullable LocalTenant tenant, @Nullable Link link, @Nullable String replaced) {
        if (!record.errors().isEmpty()) {
            return unusable(record, tenant, link, record.errors());
        }
        if (tenant == null) {
            return newTenant(record);
        }
        Work work = new Work(record, tenant, link);
        if (link == null) {
            work.actions.add(new Action.Adopt(tenant.id()));
        }
        if (replaced != null) {
            work.findings.add(new Finding(Kind.DRIFT, null, record.id(), replaced,
                    "record " + replaced + " is gone, and this one stands in for it"));
        }
        if (!record.slug().equals(tenant.slug())) {
            work.drift(mapping.names().slug(), record.slug(), tenant.slug(),
                    "slugs never change; the tenant stays '" + tenant.slug() + "'");
        }
        for (Part part : Part.values()) {
            work.compare(part);
        }
        return work.item();
    }

    private Item newTenant(RemoteRecord record) {
        String state = record.values().state();
        String plan = record.values().plan() == null ? mapping.defaultPlan() : record.values().plan();
        if (plan == null) {
            return unusable(record, null, null,
                    List.of(new FieldError(mapping.names().plan(), "is empty, and there is no default-plan")));
        }
        boolean suspended = TenantState.SUSPENDED.text().equals(state);
        String reason = !create
                ? "there is no tenant, and making some is switched off"
                : state == null || suspended || TenantState.ACTIVE.text().equals(state)
                        ? null
                        : "there is no tenant, and none is made for a record that is " + state;
        if (reason != null) {
            return new Item(record, null, List.of(), Map.of(),
                    List.of(new Finding(Kind.DRIFT, null, record.slug(), null, reason)), Item.Memory.NONE,
                    Item.Memory.NONE, Item.Memory.NONE);
        }
        String name = record.values().name() == null ? record.slug() : record.values().name();
        LocalTenant made = new LocalTenant(NOT_MADE_YET, record.slug(), name, plan,
                suspended ? TenantState.SUSPENDED : TenantState.ACTIVE, Map.of(), 0);
        Work work = new Work(record, made, null);
        work.actions.add(new Action.Create(record.slug(), name, plan, suspended));
        for (Part part : Part.values()) {
            work.compare(part);
        }
        return work.item();
    }

    /** Nothing is done but to say so, in the report and in the record. */
    private Item unusable(RemoteRecord record, @Nullable LocalTenant tenant, @Nullable Link link,
            List<FieldError> errors) {
        List<Finding> findings = errors.stream()
                .map(error -> new Finding(Kind.BAD, error.field(), record.raw().get(error.field()), null,
                        error.reason()))
                .toList();
        Map<String, String> write = new HashMap<>();
        OwnFields.writeError(mapping, collection, record, findings, write);
        Item.Memory same = Item.Memory.of(link);
        return new Item(record, tenant, List.of(), write, findings, same, same, same);
    }

    /** The decision on one record while it is made. */
    private final class Work {
        private final RemoteRecord record;
        private final LocalTenant before;
        private final @Nullable Link link;
        private final List<Action> actions = new ArrayList<>();
        private final List<Finding> findings = new ArrayList<>();
        private final Map<String, String> write = new HashMap<>();
        private LocalTenant after;
        private Values seenRecord;
        private Values seenTenant;
        private Values writtenRecord;
        private Values writtenTenant;

        Work(RemoteRecord record, LocalTenant tenant, @Nullable Link link) {
            this.record = record;
            this.before = tenant;
            this.after = tenant;
            this.link = link;
            Item.Memory memory = Item.Memory.of(link);
            seenRecord = memory.record();
            seenTenant = memory.tenant();
            writtenRecord = seenRecord;
            writtenTenant = seenTenant;
        }

        void drift(String field, @Nullable String ofRecord, @Nullable String ofTenant, String reason) {
            findings.add(new Finding(Kind.DRIFT, field, ofRecord, ofTenant, reason));
        }

        void compare(Part part) {
            String ofRecord = record.values().of(part);
            String ofTenant = after.values().of(part);
            if (ofTenant == null) {
                throw new IllegalStateException("A tenant has a name, a plan and a state");
            }
            switch (Comparison.of(ofRecord, ofTenant, seenRecord.of(part), seenTenant.of(part))) {
                case SAME -> agreed(part, ofRecord, ofTenant);
                case SILENT -> {
                    agreed(part, null, ofTenant);
                    if (mapping.writeBack().contains(part) && mapping.word(part, ofTenant, collection) != null) {
                        push(part, null, ofTenant);
                    }
                }
                case RECORD_CHANGED -> pull(part, ofRecord, ofTenant);
                case TENANT_CHANGED -> push(part, ofRecord, ofTenant);
                case BOTH_CHANGED -> {
                    switch (policy) {
                        case POCKETBASE_WINS -> pull(part, ofRecord, ofTenant);
                        case REGISTRY_WINS -> push(part, ofRecord, ofTenant);
                        case REPORT -> findings.add(new Finding(Kind.CONFLICT, part.text(), ofRecord, ofTenant,
                                "PocketBase says '" + ofRecord + "', the registry '" + ofTenant
                                        + "', and both changed; make them equal, or set a conflict policy"));
                    }
                }
            }
        }

        private void agreed(Part part, @Nullable String ofRecord, String ofTenant) {
            seenRecord = seenRecord.with(part, ofRecord);
            seenTenant = seenTenant.with(part, ofTenant);
            writtenRecord = writtenRecord.with(part, ofRecord);
            writtenTenant = writtenTenant.with(part, ofTenant);
        }

        private void pull(Part part, @Nullable String ofRecord, String ofTenant) {
            if (ofRecord == null) {
                return;
            }
            String name = part.text();
            TenantState present = before.state();
            if (present == TenantState.DELETING || present == TenantState.DELETED) {
                drift(name, ofRecord, ofTenant, "the tenant is " + present.text() + " and does not follow its record");
                return;
            }
            Action action = switch (part) {
                case NAME -> new Action.Rename(ofTenant, ofRecord);
                case PLAN -> new Action.MovePlan(ofTenant, ofRecord);
                case STATE -> ofRecord.equals(TenantState.SUSPENDED.text())
                        ? new Action.Suspend()
                        : ofRecord.equals(TenantState.ACTIVE.text()) ? new Action.Resume() : null;
            };
            if (action == null) {
                drift(name, ofRecord, ofTenant, "the record says " + ofRecord
                        + ", and the bridge deletes nothing; delete the tenant here, or change the record");
                return;
            }
            actions.add(action);
            after = after.with(part, ofRecord);
            agreed(part, ofRecord, ofRecord);
        }

        private void push(Part part, @Nullable String ofRecord, String ofTenant) {
            String name = part.text();
            if (!mapping.writeBack().contains(part)) {
                drift(name, ofRecord, ofTenant, "changed in the registry, and " + name + " is not written back");
                return;
            }
            String word = mapping.word(part, ofTenant, collection);
            if (word == null) {
                drift(name, ofRecord, ofTenant, "PocketBase's field '" + mapping.names().of(part)
                        + "' takes no word for '" + ofTenant + "'; add a choice, or map one of its own");
                return;
            }
            write.put(mapping.names().of(part), word);
            writtenRecord = writtenRecord.with(part, ofTenant);
            writtenTenant = writtenTenant.with(part, ofTenant);
        }

        Item item() {
            Map<String, String> own = OwnFields.of(mapping, collection, record, after, link, findings);
            own.forEach((field, text) -> {
                if (!text.equals(record.raw().get(field))) {
                    write.put(field, text);
                }
            });
            OwnFields.writeError(mapping, collection, record, findings, write);
            Item.Memory remembered = Item.Memory.of(link);
            Item.Memory afterActions = new Item.Memory(seenRecord, seenTenant, remembered.written());
            return new Item(record, before.id().equals(NOT_MADE_YET) ? null : before, actions, write, findings,
                    remembered, afterActions, new Item.Memory(writtenRecord, writtenTenant, own));
        }
    }
}
