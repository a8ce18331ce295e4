package dev.pocketagent.registry.key;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

import dev.pocketagent.registry.Sql;

/**
 * The keys that were made elsewhere and taken over at a start, for the start itself.
 *
 * <p>
 * Plain SQL: each start asks, mostly finds everything there, and would otherwise wait for Hibernate to load the parser of
 * its query language.
 */
@ApplicationScoped
public class AdoptedKeys {

    /**
     * @param scopes    what it is narrowed to; none for all that its role may
     * @param start     how the key begins, as it is shown
     * @param sha256Hex 64 hex digits
     * @param state     as of now: {@code active}, {@code expired} or {@code revoked}
     * @param replaced  whether a later key took over from it
     */
    public record AdoptedKey(UUID id, String name, String role, Set<String> scopes, String start, String sha256Hex,
            String state, boolean replaced) {

        /** Whether it still opens something, also in its overlap. */
        public boolean opens() {
            return state.equals(KeyState.ACTIVE.text());
        }
    }

    private final Sql sql;
    private final Clock clock;

    @Inject
    AdoptedKeys(Sql sql, Clock clock) {
        this.sql = sql;
        this.clock = clock;
    }

    /** All of them, oldest first. */
    @Transactional(Transactional.TxType.MANDATORY)
    public List<AdoptedKey> all() {
        return sql.run(this::read);
    }

    private List<AdoptedKey> read(Connection connection) throws SQLException {
        Instant now = clock.instant();
        List<AdoptedKey> found = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("""
                select id, name, role, scopes, start, sha256, revoked_at is not null, expires_at, replaced_by is not null
                from api_key where tenant_id is null and created_by is null order by id""");
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                found.add(new AdoptedKey(row.getObject(1, UUID.class), row.getString(2), row.getString(3),
                        Set.of((String[]) row.getArray(4).getArray()), row.getString(5),
                        HexFormat.of().formatHex(row.getBytes(6)),
                        KeyState.of(row.getBoolean(7), Sql.instant(row, 8), now).text(), row.getBoolean(9)));
            }
        }
        return found;
    }
}
