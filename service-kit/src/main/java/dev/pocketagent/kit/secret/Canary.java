package dev.pocketagent.kit.secret;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** A known text under the key-encryption key in the database: proves at start that this is the key of this data. */
@ApplicationScoped
public class Canary {

    private static final byte[] SONG = "the canary sings".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PLACE = "canary".getBytes(StandardCharsets.US_ASCII);

    /** The configured key-encryption key is not the one that this database's secrets were sealed with. */
    public static final class WrongKeyException extends Exception {
        WrongKeyException(String message) {
            super(message);
        }
    }

    private final Kek kek;

    @Inject
    Canary(Kek kek) {
        this.kek = kek;
    }

    /**
     * Checks the key against a database that may not have a schema yet.
     *
     * @throws WrongKeyException when the database belongs to another key
     */
    public void checkBeforeMigration(Connection database) throws SQLException, WrongKeyException {
        try (PreparedStatement exists = database.prepareStatement("select to_regclass('secret_canary') is not null");
                ResultSet answer = exists.executeQuery()) {
            if (!answer.next() || !answer.getBoolean(1)) {
                return;
            }
        }
        try (PreparedStatement query = database.prepareStatement("select kek_id, sealed from secret_canary");
                ResultSet rows = query.executeQuery()) {
            String others = "";
            while (rows.next()) {
                String id = rows.getString(1);
                if (!id.equals(kek.id())) {
                    others = id;
                } else if (sings(rows.getBytes(2))) {
                    return;
                }
            }
            if (!others.isEmpty()) {
                throw new WrongKeyException("The key-encryption key " + kek.id() + " is not the one of this database ("
                        + others + "). Nothing was touched. Put the right file at pocket.kek-file.");
            }
        }
    }

    /** Leaves the canary for the next start, once. */
    public void plant(Connection database) throws SQLException {
        try (PreparedStatement insert = database.prepareStatement(
                "insert into secret_canary (kek_id, sealed) values (?, ?) on conflict (kek_id) do nothing")) {
            insert.setString(1, kek.id());
            insert.setBytes(2, kek.box().seal(SONG, PLACE));
            insert.executeUpdate();
        }
    }

    private boolean sings(byte[] sealed) {
        try {
            return Arrays.equals(kek.box().open(sealed, PLACE), SONG);
        } catch (SecretException e) {
            return false;
        }
    }
}
