package dev.pocketagent.registry.export;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.registry.ExportPart;
import dev.pocketagent.registry.Sql;

/**
 * A tenant's rows of a table as they are, for tables that are shown nowhere else in a shape of their own. Columns of bytes
 * are left out, and all that are called secrets: what is sealed or hashed is no use to anybody.
 */
class TablePart implements ExportPart {

    private static final int ROWS_AT_ONCE = 500;
    private static final UUID FIRST = new UUID(0, 0);

    private final Sql sql;
    private final ObjectMapper json;
    private final String file;
    private final String about;
    private final String table;
    private final String key;
    private final Map<String, String> shownAs;

    /** @param key the column that tells rows apart, a uuid */
    TablePart(Sql sql, ObjectMapper json, String file, String about, String table, String key) {
        this(sql, json, file, about, table, key, Map.of());
    }

    /** @param shownAs SQL for columns of which not all is for the export */
    TablePart(Sql sql, ObjectMapper json, String file, String about, String table, String key,
            Map<String, String> shownAs) {
        this.sql = sql;
        this.json = json;
        this.file = file;
        this.about = about;
        this.table = table;
        this.key = key;
        this.shownAs = Map.copyOf(shownAs);
    }

    @Override
    public String file() {
        return file;
    }

    @Override
    public String about() {
        return about;
    }

    @Override
    public @Nullable Piece read(UUID tenantId, @Nullable Object from) {
        return sql.run(connection -> {
            List<String> columns = columns(connection);
            return columns.isEmpty()
                    ? Optional.<Piece>empty()
                    : Optional.of(rows(connection, columns, tenantId, from));
        }).orElse(null);
    }

    private List<String> columns(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                select quote_ident(attname) from pg_attribute
                where attrelid = to_regclass(?) and attnum > 0 and not attisdropped and atttypid <> 'bytea'::regtype
                    and attname not like '%secret%' order by attnum""")) {
            query.setString(1, table);
            List<String> columns = new ArrayList<>();
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    String column = found.getString(1);
                    String shown = shownAs.get(column);
                    columns.add(shown == null ? column : shown + " as " + column);
                }
            }
            return columns;
        }
    }

    private Piece rows(Connection connection, List<String> columns, UUID tenantId, @Nullable Object from)
            throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("select " + key + ", row_to_json(r) from (select "
                + String.join(", ", columns) + " from " + table + " where tenant_id = ? and " + key
                + (from == null ? " >= ?" : " > ?") + " order by " + key + " limit ?) r order by " + key)) {
            query.setObject(1, tenantId);
            query.setObject(2, from == null ? FIRST : from);
            query.setInt(3, ROWS_AT_ONCE);
            List<JsonNode> rows = new ArrayList<>();
            UUID last = null;
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    last = found.getObject(1, UUID.class);
                    rows.add(inOurNames(json.readTree(found.getString(2))));
                }
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("row_to_json gives JSON", e);
            }
            return new Piece(rows, rows.size() == ROWS_AT_ONCE ? last : null);
        }
    }

    /** {@code created_at} becomes {@code createdAt}, as in the API. */
    private static ObjectNode inOurNames(JsonNode row) {
        ObjectNode renamed = JsonNodeFactory.instance.objectNode();
        row.properties().forEach(field -> {
            StringBuilder name = new StringBuilder();
            boolean upper = false;
            for (char letter : field.getKey().toCharArray()) {
                if (letter == '_') {
                    upper = true;
                } else {
                    name.append(upper ? Character.toUpperCase(letter) : letter);
                    upper = false;
                }
            }
            renamed.set(name.toString(), field.getValue());
        });
        return renamed;
    }
}
