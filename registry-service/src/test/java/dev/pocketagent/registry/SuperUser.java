package dev.pocketagent.registry;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Somebody who owns the whole database server: triggers off, row-level security passed by. */
public final class SuperUser {

    private SuperUser() {}

    /** Runs statements in one transaction, and returns how many rows the last one changed. */
    public static int run(String url, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("set local session_replication_role = replica");
            int changed = 0;
            for (String sql : List.of(statements)) {
                changed = statement.execute(sql) ? 0 : statement.getUpdateCount();
            }
            connection.commit();
            return changed;
        }
    }
}
