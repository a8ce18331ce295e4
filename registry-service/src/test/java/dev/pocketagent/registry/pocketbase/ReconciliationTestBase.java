package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.registry.pocketbase.Collection.Field;
import dev.pocketagent.registry.pocketbase.Finding.Kind;
import dev.pocketagent.registry.pocketbase.Reconciliation.Decision;
import dev.pocketagent.registry.tenant.TenantState;

/** Both sides in memory: what was decided is carried out as the bridge does it. */
abstract class ReconciliationTestBase {

    static final Set<String> PLANS = Set.of("starter", "team", "business");
    static final String PROJECT = "coolify_project_uuid";
    static final Mapping MAPPING = new Mapping(
            new Mapping.Names("slug", "name", "plan", "state", "tenant_id", "last_error"), Map.of(PROJECT, PROJECT),
            Map.of("paused", TenantState.SUSPENDED, "gone", TenantState.DELETED), Map.of("gold", "business"), null,
            Set.of(Part.STATE));
    static final Field TEXT = new Field("text", List.of());
    static final Collection COLLECTION = new Collection(Map.of("slug", TEXT, "name", TEXT, "plan", TEXT,
            "state", new Field("select", List.of("active", "paused", "gone")), "tenant_id", TEXT, "last_error", TEXT,
            PROJECT, TEXT));

    final Map<String, Map<String, String>> records = new HashMap<>();
    final Map<UUID, LocalTenant> tenants = new HashMap<>();
    final Map<UUID, Link> links = new HashMap<>();
    Conflict policy = Conflict.REPORT;
    Mapping mapping = MAPPING;
    Collection collection = COLLECTION;
    boolean create = true;
    Set<String> erased = Set.of();

    void record(String id, String... fieldsAndTexts) {
        Map<String, String> fields = records.computeIfAbsent(id, unused -> new HashMap<>());
        for (int i = 0; i < fieldsAndTexts.length; i += 2) {
            fields.put(fieldsAndTexts[i], fieldsAndTexts[i + 1]);
        }
    }

    LocalTenant tenant(String slug, String name, String plan, TenantState state) {
        LocalTenant tenant = new LocalTenant(UUID.randomUUID(), slug, name, plan, state, Map.of(), 0);
        tenants.put(tenant.id(), tenant);
        return tenant;
    }

    RemoteRecord read(String id) {
        Map<String, String> fields = new HashMap<>(records.get(id));
        fields.put("id", id);
        return mapping.read(new ObjectMapper().valueToTree(fields), collection, PLANS);
    }

    Decision decide() {
        return new Reconciliation(mapping, collection, policy, create).all(
                records.keySet().stream().sorted().map(this::read).toList(), List.copyOf(tenants.values()),
                List.copyOf(links.values()), erased);
    }

    /** Does what was decided, as the bridge does it, in memory. */
    void carryOut(Decision decision) {
        for (Item item : decision.items()) {
            LocalTenant tenant = item.tenant();
            for (Action action : item.actions()) {
                tenant = switch (action) {
                    case Action.Create(String slug, String name, String plan, boolean suspended) ->
                        tenant(slug, name, plan, suspended ? TenantState.SUSPENDED : TenantState.ACTIVE);
                    case Action.Adopt(UUID id) -> tenants.get(id);
                    case Action.Rename(String from, String to) -> tenant.with(Part.NAME, to);
                    case Action.MovePlan(String from, String to) -> tenant.with(Part.PLAN, to);
                    case Action.Suspend suspend -> tenant.with(Part.STATE, "suspended");
                    case Action.Resume resume -> tenant.with(Part.STATE, "active");
                };
            }
            Map<String, String> write = new HashMap<>(item.write());
            Map<String, String> written = new HashMap<>(item.afterWrite().written());
            if (tenant != null) {
                String id = tenant.id().toString();
                write.computeIfPresent("tenant_id", (field, text) -> id);
                written.computeIfPresent("tenant_id", (field, text) -> id);
                tenants.put(tenant.id(), tenant);
                if (item.findings().stream().noneMatch(finding -> finding.kind() == Kind.BAD)) {
                    UUID key = tenant.id();
                    links.values().removeIf(link -> link.recordId().equals(item.of().id()));
                    links.put(key, new Link(key, item.of().id(), item.afterWrite().record(), item.afterWrite().tenant(),
                            written));
                }
            }
            records.get(item.of().id()).putAll(write);
        }
    }

    static List<Action> actions(Decision decision) {
        return decision.items().stream().flatMap(item -> item.actions().stream()).toList();
    }

    static List<Finding> findings(Decision decision) {
        return decision.items().stream().flatMap(item -> item.findings().stream()).toList();
    }

    void linked(String slug) {
        record("r1", "slug", slug, "name", "Acme", "plan", "team", "state", "active");
        carryOut(decide());
        assertThat(decide().items()).allSatisfy(item -> {
            assertThat(item.actions()).isEmpty();
            assertThat(item.write()).isEmpty();
        });
    }

    LocalTenant only() {
        assertThat(tenants).hasSize(1);
        return tenants.values().iterator().next();
    }

    void here(Part part, String value) {
        tenants.replaceAll((id, tenant) -> tenant.with(part, value));
    }
}
