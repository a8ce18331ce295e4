package dev.pocketagent.registry.key;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.event.Outbox;
import dev.pocketagent.registry.plan.Plans;
import dev.pocketagent.registry.tenant.Tenant;
import dev.pocketagent.registry.tenant.TenantState;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;

/** The keys in the database, inside a transaction whose row scope says which are seen. */
@ApplicationScoped
public class Keys implements PanacheRepositoryBase<StoredKey, UUID> {

    private final Plans plans;
    private final AuditLog audit;
    private final Outbox outbox;
    private final Clock clock;

    @Inject
    Keys(Plans plans, AuditLog audit, Outbox outbox, Clock clock) {
        this.plans = plans;
        this.audit = audit;
        this.outbox = outbox;
        this.clock = clock;
    }

    /**
     * Makes a key.
     *
     * @param tenant whose it will be, locked for change, so that parallel calls cannot pass the plan's limit together; null
     *     for a key of the platform
     */
    IssuedKey issue(@Nullable Tenant tenant, NewKey wanted, Actor actor) {
        Instant now = now();
        Instant end = wanted.expiresAt();
        if (end != null && !end.isAfter(now)) {
            throw ProblemException.invalid("/expiresAt", "must be in the future");
        }
        if (tenant != null) {
            admit(tenant, now);
        }
        ApiKey key = ApiKey.generate(KeyRules.kind(wanted.role()));
        Set<String> scopes = wanted.scopes();
        StoredKey stored = store(key, tenant == null ? null : tenant.id(), wanted.name().strip(), wanted.role(),
                scopes == null ? Set.of() : scopes, end == null ? null : end.truncatedTo(ChronoUnit.MICROS), actor,
                now);
        return IssuedKey.of(stored, key);
    }

    /**
     * Makes a key of the platform known that was made elsewhere, unless it is known already.
     *
     * @return whether it was new
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public boolean adopt(ApiKey key, String role, String name) {
        if (count("sha256", HexFormat.of().parseHex(key.sha256Hex())) > 0) {
            return false;
        }
        store(key, null, name, role, Set.of(), null, Actor.SYSTEM, now());
        return true;
    }

    /** Ends a key for good. A second time changes nothing. */
    void revoke(StoredKey key, Actor actor) {
        if (key.revokedAt != null) {
            return;
        }
        key.revokedAt = now();
        key.version++;
        record(key, actor, "key.revoke", "key.revoked");
    }

    @Nullable
    StoredKey findForChange(UUID id) {
        return findById(id, LockModeType.PESSIMISTIC_WRITE);
    }

    /** Keys of one tenant, or of the platform for null, oldest first. */
    List<StoredKey> page(@Nullable UUID tenantId, @Nullable UUID after, int rows) {
        UUID from = after == null ? new UUID(0, 0) : after;
        return (tenantId == null
                ? find("tenantId is null and id > ?1 order by id", from)
                : find("tenantId = ?1 and id > ?2 order by id", tenantId, from)).page(0, rows).list();
    }

    private void admit(Tenant tenant, Instant now) {
        if (tenant.state() == TenantState.DELETING || tenant.state() == TenantState.DELETED) {
            throw new ProblemException(KeyProblem.TENANT_GONE, "A tenant that is " + tenant.state().text()
                    + " gets no keys.");
        }
        int limit = plans.pinned(tenant.plan(), tenant.planVersion()).keys();
        long used = count("tenantId = ?1 and revokedAt is null and (expiresAt is null or expiresAt > ?2)", tenant.id(),
                now);
        if (used >= limit) {
            throw new ProblemException(KeyProblem.KEY_LIMIT, "The plan '" + tenant.plan() + "' allows " + limit
                    + " keys, and as many are in use. Revoke one, or move the tenant to a larger plan.");
        }
    }

    private StoredKey store(ApiKey key, @Nullable UUID tenantId, String name, String role, Set<String> scopes,
            @Nullable Instant expiresAt, Actor actor, Instant now) {
        StoredKey stored = new StoredKey();
        stored.id = Ids.next(clock);
        stored.tenantId = tenantId;
        stored.name = name;
        stored.role = role;
        stored.scopes = new TreeSet<>(scopes).toArray(String[]::new);
        stored.start = key.shownStart();
        stored.sha256 = HexFormat.of().parseHex(key.sha256Hex());
        stored.createdAt = now;
        stored.createdBy = actor.keyId();
        stored.expiresAt = expiresAt;
        persist(stored);
        record(stored, actor, "key.create", "key.created");
        return stored;
    }

    private void record(StoredKey key, Actor actor, String action, String eventType) {
        Map<String, @Nullable Object> what = new HashMap<>();
        what.put("name", key.name);
        what.put("role", key.role);
        what.put("start", key.start);
        what.put("expiresAt", key.expiresAt == null ? null : key.expiresAt.toString());
        Map<String, @Nullable Object> data = new HashMap<>(what);
        data.put("keyId", key.id.toString());
        outbox.publish(audit.append(key.tenantId, actor, action, "key/" + key.id, what), eventType, data);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
