package dev.pocketagent.registry.audit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.secret.DataKey;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.registry.Sql;

/** Writes the trail. A change that cannot be recorded does not happen: its transaction fails. */
@ApplicationScoped
public class AuditLog {

    /** Owner of rows about the platform itself. */
    public static final UUID PLATFORM = new UUID(0, 0);

    private final Sql sql;
    private final Clock clock;
    private final ObjectMapper json;
    private final Secrets secrets;

    @Inject
    AuditLog(Sql sql, Clock clock, ObjectMapper json, Secrets secrets) {
        this.sql = sql;
        this.clock = clock;
        this.json = json;
        this.secrets = secrets;
    }

    /**
     * Adds a row to a tenant's chain. Other changes of the same tenant wait here until this transaction ends, so take it
     * after the locks on the rows that change, never before them.
     *
     * <p>A tenant's detail is sealed with its data key, so it goes when the tenant is purged: this is the call for
     * everything that says what a tenant is called, has or does. The platform's own rows are plain.
     *
     * @param tenantId whom the change is about; null for the platform itself
     * @param action what was done, for example {@code tenant.suspend}; stays readable for ever
     * @param target what it was done to, for example {@code key/0198...}; stays readable for ever, so an id, never a name
     * @param detail the values that changed; never a secret
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public Recorded append(@Nullable UUID tenantId, Actor actor, String action, String target,
            Map<String, ? extends @Nullable Object> detail) {
        UUID owner = tenantId == null ? PLATFORM : tenantId;
        return append(owner, actor, action, target, text(action, detail),
                owner.equals(PLATFORM) ? null : secrets.of(owner));
    }

    /** As {@link #append}, for the first row of a tenant that is being made; its data key is made with it. */
    @Transactional(Transactional.TxType.MANDATORY)
    public Recorded appendFirst(UUID tenantId, Actor actor, String action, String target,
            Map<String, ? extends @Nullable Object> detail) {
        return append(tenantId, actor, action, target, text(action, detail), secrets.first(tenantId));
    }

    /**
     * As {@link #append}, with a detail that stays readable after the tenant is purged. For the purge itself, and for what
     * may be recorded of a tenant after it (a sealed row would give it a new data key). Such a detail names nobody and
     * nothing of the tenant's: no names, addresses or texts that somebody typed.
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public Recorded appendLasting(@Nullable UUID tenantId, Actor actor, String action, String target,
            Map<String, ? extends @Nullable Object> detail) {
        return append(tenantId == null ? PLATFORM : tenantId, actor, action, target, text(action, detail), null);
    }

    private Recorded append(UUID owner, Actor actor, String action, String target, String detail,
            @Nullable DataKey key) {
        return sql.run(connection -> {
            Head head = lockedEnd(connection, owner);
            String stored = key == null ? detail : Details.seal(key, head.seq() + 1, detail);
            AuditRow row = new Chain().next(owner, head, clock.instant(), actor, action, target, stored);
            insert(connection, row);
            return new Recorded(owner, row.seq(), row.at());
        });
    }

    private String text(String action, Map<String, ? extends @Nullable Object> detail) {
        try {
            return json.writeValueAsString(new TreeMap<>(detail));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The detail of " + action + " is not JSON", e);
        }
    }

    /** Without the lock in it two writers would follow the same row: 1326 of 2000 links broken with 8 writers. */
    private static Head lockedEnd(Connection connection, UUID owner) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("select last_seq, last_hash from audit_end(?)")) {
            query.setObject(1, owner);
            try (ResultSet found = query.executeQuery()) {
                return found.next() ? new Head(found.getLong(1), new Hash(found.getBytes(2))) : Head.NONE;
            }
        }
    }

    private static void insert(Connection connection, AuditRow row) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                with head as (
                    insert into audit_head (tenant_id, seq, hash) values (?, ?, ?)
                    on conflict (tenant_id) do update set seq = excluded.seq, hash = excluded.hash
                    returning tenant_id, seq, hash)
                insert into audit_row (tenant_id, seq, hash, at, actor_key_id, actor_role, action, target, detail,
                                       previous_hash)
                select tenant_id, seq, hash, ?, ?, ?, ?, ?, ?, ? from head""")) {
            insert.setObject(1, row.tenantId());
            insert.setLong(2, row.seq());
            insert.setBytes(3, row.hash().bytes());
            insert.setObject(4, row.at().atOffset(ZoneOffset.UTC));
            insert.setObject(5, row.actor().keyId(), java.sql.Types.OTHER);
            insert.setString(6, row.actor().role());
            insert.setString(7, row.action());
            insert.setString(8, row.target());
            insert.setString(9, row.detail());
            insert.setBytes(10, row.previous().bytes());
            insert.executeUpdate();
        }
    }
}
