package dev.pocketagent.registry.key;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.event.Outbox;
import dev.pocketagent.registry.quota.Outcome;
import dev.pocketagent.registry.quota.Quotas;
import dev.pocketagent.registry.quota.Resource;
import dev.pocketagent.registry.tenant.Tenant;
import dev.pocketagent.registry.tenant.TenantPurged;
import dev.pocketagent.registry.tenant.TenantState;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;

/**
 * The keys in the database, inside a transaction whose row scope says which are seen. Order of locks: the tenant, keys, the
 * tenant's quota, the trail.
 */
@ApplicationScoped
public class Keys implements PanacheRepositoryBase<StoredKey, UUID> {

    private static final String OPEN = "revokedAt is null and (expiresAt is null or expiresAt > :now)";
    /** Made elsewhere and taken over at a start: nobody's key made them. */
    private static final String ADOPTED = "tenantId is null and createdBy is null";

    private final Quotas quotas;
    private final AuditLog audit;
    private final Outbox outbox;
    private final Sql sql;
    private final Clock clock;

    @Inject
    Keys(Quotas quotas, AuditLog audit, Outbox outbox, Sql sql, Clock clock) {
        this.quotas = quotas;
        this.audit = audit;
        this.outbox = outbox;
        this.sql = sql;
        this.clock = clock;
    }

    /**
     * Makes a key.
     *
     * @param tenant whose it will be, locked for change, so that it cannot begin to be deleted meanwhile; null for a key of
     *     the platform
     * @param latest as in {@link KeyRules#end}
     */
    IssuedKey issue(@Nullable Tenant tenant, NewKey wanted, @Nullable Instant latest, Actor actor) {
        Instant now = now();
        Instant end = KeyRules.end(wanted.expiresAt(), null, latest, now);
        if (tenant != null) {
            mustBeThere(tenant);
            List<StoredKey> expired = endExpired(tenant.id(), now);
            take(tenant);
            expired.forEach(this::tellExpired);
        }
        ApiKey key = ApiKey.generate(KeyRules.kind(wanted.role()));
        Set<String> scopes = wanted.scopes();
        StoredKey stored = store(key, tenant == null ? null : tenant.id(), wanted.name().strip(), wanted.role(),
                new TreeSet<>(scopes == null ? Set.of() : scopes).toArray(String[]::new), end, actor, now);
        stored.counted = tenant != null;
        record(stored, actor, "key.create", "key.created");
        return IssuedKey.of(stored, key, null);
    }

    /**
     * Makes a key that takes over from another, with the same name, role and scopes. The old one goes on for a while, and
     * its place in the quota passes to the new one: so a tenant at its limit can rotate.
     *
     * @param tenant whose it is, locked for change; null for a key of the platform
     * @param old locked for change
     * @param latest as in {@link KeyRules#end}
     */
    IssuedKey rotate(@Nullable Tenant tenant, StoredKey old, Rotation wanted, @Nullable Instant latest, Actor actor) {
        Instant now = now();
        Instant end = KeyRules.end(wanted.expiresAt(), old.expiresAt, latest, now);
        mustBeRotatable(old, now);
        if (tenant != null) {
            mustBeThere(tenant);
            if (wanted.overlap().isPositive()) {
                leaveRoomForOverlap(tenant, now);
            }
        }
        ApiKey key = ApiKey.generate(KeyRules.kind(old.role));
        StoredKey stored = store(key, old.tenantId, old.name, old.role, old.scopes, end, actor, now);
        stored.counted = old.counted;
        replace(old, stored, wanted.overlap(), actor, now);
        return IssuedKey.of(stored, key, old.id);
    }

    /**
     * Makes a key of the platform known that was made elsewhere, unless it is known already.
     *
     * @param scopes what it is narrowed to; none for all that its role may
     * @return whether it was new
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public boolean adopt(ApiKey key, String role, String name, SortedSet<String> scopes) {
        if (byText(key) != null) {
            return false;
        }
        record(store(key, null, name, role, scopes.toArray(String[]::new), null, Actor.SYSTEM, now()), Actor.SYSTEM,
                "key.create", "key.created");
        return true;
    }

    /**
     * Gives a key that was adopted other scopes.
     *
     * @return whether they are others than before
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public boolean scope(UUID id, SortedSet<String> scopes) {
        StoredKey key = findForChange(id);
        if (key == null || List.of(key.scopes).equals(List.copyOf(scopes))) {
            return false;
        }
        key.scopes = scopes.toArray(String[]::new);
        key.version++;
        record(key, Actor.SYSTEM, "key.update", "key.updated");
        return true;
    }

    /**
     * Lets an adopted key take over from those that were adopted before with the same role and name: its file has a new
     * text.
     *
     * @param overlap how long they go on; zero revokes them at once
     * @return the keys that were replaced
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public List<KeyView> replaceOlder(ApiKey key, Duration overlap) {
        Instant now = now();
        StoredKey newest = byText(key);
        if (newest == null) {
            throw new IllegalArgumentException("The key " + key + " was not adopted");
        }
        List<StoredKey> older = find("replacedBy is null and role = :role and name = :name and id <> :id and "
                + ADOPTED + " and " + OPEN,
                Map.of("role", newest.role, "name", newest.name, "id", newest.id, "now", now))
                .withLock(LockModeType.PESSIMISTIC_WRITE).list();
        older.forEach(old -> replace(old, newest, overlap, Actor.SYSTEM, now));
        return older.stream().map(this::view).toList();
    }

    /** The key with this text; empty when it is not known. */
    @Transactional(Transactional.TxType.MANDATORY)
    public Optional<KeyView> known(ApiKey key) {
        return Optional.ofNullable(byText(key)).map(this::view);
    }

    /** Ends a key for good. A second time changes nothing. */
    void revoke(StoredKey key, Actor actor) {
        if (key.revokedAt != null) {
            return;
        }
        key.revokedAt = now();
        key.version++;
        if (key.counted) {
            giveBack(key.tenantId, List.of(key));
        }
        record(key, actor, "key.revoke", "key.revoked");
    }

    /**
     * Gives back what ended keys of a tenant, or of the platform for null, still take of the quota, and tells once of each
     * that it expired. Keys that somebody else is at work on are left for the next time.
     *
     * @return how many keys it told of
     */
    int settleEnded(@Nullable UUID tenantId) {
        List<StoredKey> expired = endExpired(tenantId, now());
        giveBack(tenantId, locked("counted and revoked_at is not null", tenantId, null));
        expired.forEach(this::tellExpired);
        return expired.size();
    }

    /** Whose ended keys wait for {@link #settleEnded}; null stands for the platform. */
    List<@Nullable UUID> ownersOfEnded(int most) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement("""
                    select tenant_id from (
                        select tenant_id from api_key
                        where expires_at <= ? and revoked_at is null and not expiry_told
                        union
                        select tenant_id from api_key where counted and revoked_at is not null) as ended
                    limit ?""")) {
                query.setObject(1, now().atOffset(ZoneOffset.UTC));
                query.setInt(2, most);
                return ids(query);
            }
        });
    }

    @Nullable
    StoredKey findForChange(UUID id) {
        return findById(id, LockModeType.PESSIMISTIC_WRITE);
    }

    /** Whose key this is, read without keeping the key in mind: it is to be locked behind its tenant. */
    @Nullable
    UUID ownerOf(UUID id) {
        List<@Nullable UUID> found = getEntityManager()
                .createQuery("select tenantId from StoredKey where id = :id", UUID.class).setParameter("id", id)
                .getResultList();
        return found.isEmpty() ? null : found.getFirst();
    }

    /** Keys of one tenant, or of the platform for null, oldest first; of one role and state only, where they are given. */
    List<StoredKey> page(@Nullable UUID tenantId, @Nullable String role, @Nullable KeyState state,
            @Nullable UUID after, int rows) {
        Map<String, Object> values = new HashMap<>(Map.of("after", after == null ? new UUID(0, 0) : after));
        StringBuilder where = new StringBuilder("id > :after and tenantId ");
        if (tenantId == null) {
            where.append("is null");
        } else {
            where.append("= :tenant");
            values.put("tenant", tenantId);
        }
        if (role != null) {
            where.append(" and role = :role");
            values.put("role", role);
        }
        if (state != null) {
            where.append(switch (state) {
                case ACTIVE -> " and " + OPEN;
                case EXPIRED -> " and revokedAt is null and expiresAt <= :now";
                case REVOKED -> " and revokedAt is not null";
            });
            if (state != KeyState.REVOKED) {
                values.put("now", now());
            }
        }
        return find(where + " order by id", values).page(0, rows).list();
    }

    KeyView view(StoredKey key) {
        return KeyView.of(key, clock.instant());
    }

    /** The keys of an erased tenant go with it. They opened nothing since its deletion began. */
    void purged(@Observes TenantPurged event) {
        delete("tenantId", event.tenantId());
    }

    private @Nullable StoredKey byText(ApiKey key) {
        return find("sha256", HexFormat.of().parseHex(key.sha256Hex())).firstResult();
    }

    private static void mustBeThere(Tenant tenant) {
        if (tenant.state() == TenantState.DELETING || tenant.state() == TenantState.DELETED) {
            throw new ProblemException(KeyProblem.TENANT_GONE, "A tenant that is " + tenant.state().text()
                    + " gets no keys.");
        }
    }

    private static void mustBeRotatable(StoredKey key, Instant now) {
        switch (key.state(now)) {
            case REVOKED -> throw new ProblemException(KeyProblem.KEY_ENDED, "It was revoked at " + key.revokedAt
                    + ". Issue a new key instead.");
            case EXPIRED -> throw new ProblemException(KeyProblem.KEY_ENDED, "It expired at " + key.expiresAt
                    + ". Issue a new key instead.");
            case ACTIVE -> {
                if (key.replacedBy != null) {
                    throw new ProblemException(KeyProblem.KEY_REPLACED, "The key " + key.replacedBy
                            + " took over. Rotate that one, or issue a new key.");
                }
            }
        }
    }

    private void take(Tenant tenant) {
        Outcome outcome = quotas.take(tenant.id(), Resource.KEYS, 1);
        if (outcome instanceof Outcome.Exceeded exceeded) {
            throw new ProblemException(KeyProblem.KEY_LIMIT, "The plan '" + tenant.plan() + "' allows "
                    + exceeded.quota().limit().of(Resource.KEYS)
                    + " keys, and as many are in use. Revoke one, or move the tenant to a larger plan.");
        }
        outcome.orRefuse("/quota/");
    }

    /** Without a bound, whoever rotates again and again would have any number of open keys. */
    private void leaveRoomForOverlap(Tenant tenant, Instant now) {
        int limit = quotas.read(tenant.id()).limit().of(Resource.KEYS);
        if (count("tenantId = :tenant and replacedBy is not null and " + OPEN,
                Map.of("tenant", tenant.id(), "now", now)) >= limit) {
            throw new ProblemException(KeyProblem.KEY_LIMIT, "The plan '" + tenant.plan() + "' allows " + limit
                    + " keys, and as many that were replaced still open. Revoke one of those, or rotate with"
                    + " overlapSeconds 0.");
        }
    }

    private StoredKey store(ApiKey key, @Nullable UUID tenantId, String name, String role, String[] scopes,
            @Nullable Instant expiresAt, Actor actor, Instant now) {
        StoredKey stored = new StoredKey();
        stored.id = Ids.next(clock);
        stored.tenantId = tenantId;
        stored.name = name;
        stored.role = role;
        stored.scopes = scopes.clone();
        stored.start = key.shownStart();
        stored.sha256 = HexFormat.of().parseHex(key.sha256Hex());
        stored.createdAt = now;
        stored.createdBy = actor.keyId();
        stored.expiresAt = expiresAt;
        persist(stored);
        return stored;
    }

    private void replace(StoredKey old, StoredKey stored, Duration overlap, Actor actor, Instant now) {
        old.counted = false;
        old.replacedBy = stored.id;
        old.version++;
        Instant end = KeyRules.endOfOverlap(now, overlap, old.expiresAt);
        if (end.isAfter(now)) {
            old.expiresAt = end;
        } else {
            old.revokedAt = now;
        }
        Map<String, @Nullable Object> what = described(old);
        what.put("endsAt", end.toString());
        what.put("newKeyId", stored.id.toString());
        what.put("newStart", stored.start);
        what.put("newExpiresAt", stored.expiresAt == null ? null : stored.expiresAt.toString());
        record(old, actor, "key.rotate", "key.rotated", what);
    }

    /** Marks expired keys as told and gives back what they take. Whoever calls tells of them when all locks are taken. */
    private List<StoredKey> endExpired(@Nullable UUID tenantId, Instant now) {
        List<StoredKey> expired = locked("expires_at <= ? and revoked_at is null and not expiry_told", tenantId, now);
        expired.forEach(key -> key.expiryTold = true);
        giveBack(tenantId, expired);
        return expired;
    }

    private void tellExpired(StoredKey key) {
        record(key, Actor.SYSTEM, "key.expire", "key.expired");
    }

    private void giveBack(@Nullable UUID tenantId, List<StoredKey> keys) {
        int counted = 0;
        for (StoredKey key : keys) {
            if (key.counted) {
                key.counted = false;
                counted++;
            }
        }
        if (tenantId != null && counted > 0) {
            quotas.give(tenantId, Resource.KEYS, counted);
        }
    }

    /** Locks ended keys that nobody else is at work on, then reads them as they are behind the lock. */
    private List<StoredKey> locked(String condition, @Nullable UUID tenantId, @Nullable Instant now) {
        List<@Nullable UUID> ids = sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select id from api_key where " + condition
                    + " and tenant_id " + (tenantId == null ? "is null" : "= ?")
                    + " order by id limit 500 for update skip locked")) {
                int place = 1;
                if (now != null) {
                    query.setObject(place++, now.atOffset(ZoneOffset.UTC));
                }
                if (tenantId != null) {
                    query.setObject(place, tenantId);
                }
                return ids(query);
            }
        });
        return ids.isEmpty() ? List.of() : list("id in ?1 order by id", ids);
    }

    private static List<@Nullable UUID> ids(PreparedStatement query) throws SQLException {
        List<@Nullable UUID> found = new ArrayList<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                found.add(row.getObject(1, UUID.class));
            }
        }
        return found;
    }

    private void record(StoredKey key, Actor actor, String action, String eventType) {
        record(key, actor, action, eventType, described(key));
    }

    private void record(StoredKey key, Actor actor, String action, String eventType,
            Map<String, @Nullable Object> what) {
        Map<String, @Nullable Object> data = new HashMap<>(what);
        data.put("keyId", key.id.toString());
        outbox.publish(audit.append(key.tenantId, actor, action, "key/" + key.id, what), eventType, data);
    }

    private static Map<String, @Nullable Object> described(StoredKey key) {
        Map<String, @Nullable Object> what = new HashMap<>();
        what.put("name", key.name);
        what.put("role", key.role);
        what.put("scopes", List.of(key.scopes));
        what.put("start", key.start);
        what.put("expiresAt", key.expiresAt == null ? null : key.expiresAt.toString());
        return what;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
