package dev.pocketagent.provisioner.stack;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.quota.Holders;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.provisioner.Sql;
import dev.pocketagent.provisioner.backend.SecretText;
import dev.pocketagent.provisioner.policy.Draft;
import dev.pocketagent.provisioner.tree.Tree;
import dev.pocketagent.provisioner.tree.Trees;

/** Stacks and their secrets in the database. Everything runs in the caller's transaction and within its row scope. */
@ApplicationScoped
class StackStore {

    /** What the stacks of a tenant, but one, use. */
    record Usage(int stacks, int cpuMillis, int memoryMib, int volumes) {}

    private final Sql sql;
    private final Secrets secrets;
    private final ObjectMapper json;
    private final Clock clock;

    @Inject
    StackStore(Sql sql, Secrets secrets, ObjectMapper json, Clock clock) {
        this.sql = sql;
        this.secrets = secrets;
        this.json = json;
        this.clock = clock;
    }

    /** Lets one transaction at a time change a tenant's stacks: quotas are sums, and operations are queued in order. */
    void lockTenant(UUID tenant) {
        sql.first("select pg_advisory_xact_lock(hashtextextended(?, 11))", row -> 1, "stacks/" + tenant);
    }

    Optional<StackRow> find(UUID id) {
        return sql.first("select * from stack where id = ?", this::read, id);
    }

    /** As {@link #named} without locking it, for who only looks. */
    Optional<StackRow> seen(UUID tenant, String name) {
        return sql.first("select * from stack where tenant_id = ? and name = ? and desired <> 'deleted'", this::read,
                tenant, name);
    }

    Optional<StackRow> named(UUID tenant, String name) {
        return sql.first("select * from stack where tenant_id = ? and name = ? and desired <> 'deleted' for update",
                this::read, tenant, name);
    }

    /** Oldest first, by id. */
    List<StackRow> page(@Nullable UUID tenant, @Nullable UUID after, int rows) {
        return sql.list(
                "select * from stack where (?::uuid is null or tenant_id = ?::uuid) and (?::uuid is null or id > ?::uuid)"
                        + " order by id limit ?",
                this::read, tenant, tenant, after, after, rows);
    }

    List<StackRow> ofTenant(UUID tenant) {
        return sql.list("select * from stack where tenant_id = ? order by id for update", this::read, tenant);
    }

    Usage usageWithout(UUID tenant, UUID stack) {
        return sql.first("select count(*), coalesce(sum(cpu_millis), 0), coalesce(sum(memory_mib), 0),"
                + " coalesce(sum(volumes), 0) from stack where tenant_id = ? and id <> ?",
                row -> new Usage(row.getInt(1), row.getInt(2), row.getInt(3), row.getInt(4)), tenant, stack)
                .orElseThrow();
    }

    /** What stacks take, in the order of their ids; not those of erased tenants. */
    List<Holders.Holding> holdingsAfter(@Nullable UUID after, int most) {
        return sql.list("""
                select id, tenant_id, cpu_millis, memory_mib, volumes from stack s
                where (?::uuid is null or id > ?::uuid)
                  and not exists (select 1 from erased_tenant e where e.tenant_id = s.tenant_id)
                order by id limit ?""", StackStore::holding, after, after, most);
    }

    List<Holders.Holding> holdings(Collection<UUID> ids) {
        return sql.list("select id, tenant_id, cpu_millis, memory_mib, volumes from stack where id = any (?::uuid[])",
                StackStore::holding, ids.stream().map(UUID::toString).collect(Collectors.joining(",", "{", "}")));
    }

    private static Holders.Holding holding(ResultSet row) throws SQLException {
        return new Holders.Holding(row.getObject("id", UUID.class), row.getObject("tenant_id", UUID.class),
                StackHolders.amounts(row.getInt("cpu_millis"), row.getInt("memory_mib"), row.getInt("volumes")));
    }

    void insert(StackRow row) {
        sql.update(
                "insert into stack (id, tenant_id, tenant_slug, name, template, template_version, backend, parameters, cpu_millis,"
                        + " memory_mib, volumes, revision, spec_hash, desired, suspended, state, version, created_at, updated_at)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row.id(), row.tenantId(), row.tenantSlug(), row
                        .name(),
                row.template(), row.templateVersion(), row.backend(), Trees.toJson(row.parameters()).toString(), row
                        .cpuMillis(),
                row.memoryMib(), row.volumes(), row.revision(), row.specHash(), row.desired(), row.suspended(),
                row.state(),
                row.version(), row.createdAt(), row.updatedAt());
    }

    void update(StackRow row) {
        sql.update(
                "update stack set template = ?, template_version = ?, parameters = ?::jsonb, cpu_millis = ?, memory_mib = ?,"
                        + " volumes = ?, revision = ?, spec_hash = ?, desired = ?, suspended = ?, version = ?, updated_at = ? where id = ?",
                row.template(), row
                        .templateVersion(),
                Trees.toJson(row.parameters()).toString(), row.cpuMillis(), row.memoryMib(), row.volumes(),
                row.revision(), row
                        .specHash(),
                row.desired(), row.suspended(), row.version(), clock.instant(), row.id());
    }

    void state(UUID id, String state) {
        sql.update("update stack set state = ?, updated_at = ? where id = ? and state <> ?", state, clock.instant(), id,
                state);
    }

    /** Forgets the stack and its secrets. */
    void remove(UUID id) {
        sql.update("delete from stack where id = ?", id);
    }

    /** Secrets by reference, opened. */
    Map<String, Draft.Versioned> secrets(UUID tenant, UUID stack) {
        Map<String, Draft.Versioned> found = new LinkedHashMap<>();
        sql.list("select reference, version, sealed from stack_secret where stack_id = ? order by reference", row -> {
            String reference = row.getString("reference");
            byte[] plain = secrets.open(tenant, place(stack, reference), row.getBytes("sealed"));
            found.put(reference, new Draft.Versioned(new SecretText(new String(plain, StandardCharsets.UTF_8)),
                    row.getLong("version")));
            return reference;
        }, stack);
        return found;
    }

    /** References and versions of the secrets; the values stay sealed, which is enough to compare specifications. */
    Map<String, Draft.Versioned> sealedSecrets(UUID stack) {
        Map<String, Draft.Versioned> found = new LinkedHashMap<>();
        sql.list("select reference, version from stack_secret where stack_id = ? order by reference",
                row -> found.put(row.getString(
                        "reference"), new Draft.Versioned(new SecretText(""), row.getLong("version"))) == null,
                stack);
        return found;
    }

    void putSecrets(UUID tenant, UUID stack, Map<String, Draft.Versioned> wanted, Map<String, Draft.Versioned> stored) {
        stored.keySet().stream().filter(reference -> !wanted.containsKey(reference)).forEach(reference -> sql.update(
                "delete from stack_secret where stack_id = ? and reference = ?", stack, reference));
        wanted.forEach((reference, secret) -> {
            if (!secret.equals(stored.get(reference))) {
                sql.update(
                        "insert into stack_secret (stack_id, tenant_id, reference, version, sealed) values (?, ?, ?, ?, ?)"
                                + " on conflict (stack_id, reference) do update set version = excluded.version, sealed = excluded.sealed",
                        stack,
                        tenant, reference, secret.version(),
                        secrets.seal(tenant, place(stack, reference), secret.value().reveal().getBytes(
                                StandardCharsets.UTF_8)));
            }
        });
    }

    /** Makes a tenant one that is erased: its secrets go, with the key that they and all copies of them are sealed with. */
    void shred(UUID tenant) {
        sql.update("insert into erased_tenant (tenant_id, erased_at) values (?, ?) on conflict (tenant_id) do nothing",
                tenant, clock.instant());
        sql.update("delete from stack_secret where tenant_id = ?", tenant);
        secrets.destroy(tenant);
    }

    boolean erased(UUID tenant) {
        return sql.first("select 1 from erased_tenant where tenant_id = ?", row -> 1, tenant).isPresent();
    }

    /** Erased tenants of whom something is left, with nothing under way that would delete it. */
    List<UUID> erasedInPart() {
        return sql.list("""
                select e.tenant_id from erased_tenant e
                where (exists (select 1 from stack s where s.tenant_id = e.tenant_id)
                       or exists (select 1 from operation o where o.tenant_id = e.tenant_id))
                  and not exists (select 1 from operation o
                      where o.tenant_id = e.tenant_id and o.state in ('queued', 'running'))""",
                row -> row.getObject(1, UUID.class));
    }

    private static String place(UUID stack, String reference) {
        return "stack/" + stack + "/" + reference;
    }

    private StackRow read(ResultSet row) throws SQLException {
        return new StackRow(row.getObject("id", UUID.class), row.getObject("tenant_id", UUID.class),
                row.getString("tenant_slug"), row
                        .getString("name"),
                row.getString("template"), row.getInt("template_version"), row.getString("backend"), parameters(row
                        .getString("parameters")),
                row.getInt("cpu_millis"), row.getInt("memory_mib"), row.getInt("volumes"), row.getLong("revision"), row
                        .getString("spec_hash"),
                row.getString("desired"), row.getBoolean("suspended"), row.getString("state"), row
                        .getLong("version"),
                Sql.instant(row, "created_at"), Sql.instant(row, "updated_at"));
    }

    private Tree.Fields parameters(String text) {
        try {
            return Trees.ofJson(json.readTree(text)) instanceof Tree.Fields fields ? fields : Tree.empty();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the database gives back JSON as it got it", e);
        }
    }
}
