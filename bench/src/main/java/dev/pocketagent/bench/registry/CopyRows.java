package dev.pocketagent.bench.registry;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** Rows for one table in COPY's binary format, which neither side has to print or parse. Fields come in column order. */
final class CopyRows implements AutoCloseable {

    private static final byte[] SIGNATURE = "PGCOPY\n\u00ff\r\n\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int BUFFER_BYTES = 1 << 17;
    /** PostgreSQL counts microseconds from 2000-01-01T00:00:00Z. */
    private static final long POSTGRES_EPOCH_SECONDS = 946_684_800;
    private static final int TEXT_OID = 25;

    private final CopyIn copy;
    private final short columns;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

    CopyRows(PGConnection connection, String table, List<String> columns) throws SQLException {
        this.copy = connection.getCopyAPI()
                .copyIn("copy " + table + " (" + String.join(", ", columns) + ") from stdin (format binary)");
        this.columns = (short) columns.size();
        buffer.put(SIGNATURE).putInt(0).putInt(0);
    }

    CopyRows row() throws SQLException {
        room(2);
        buffer.putShort(columns);
        return this;
    }

    CopyRows uuid(@Nullable UUID value) throws SQLException {
        if (value == null) {
            return none();
        }
        room(20);
        buffer.putInt(16).putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits());
        return this;
    }

    CopyRows text(@Nullable String value) throws SQLException {
        return value == null ? none() : bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    CopyRows bytes(byte[] value) throws SQLException {
        return bytes(value, 0, value.length);
    }

    CopyRows bytes(byte[] value, int from, int length) throws SQLException {
        room(4 + length);
        buffer.putInt(length).put(value, from, length);
        return this;
    }

    CopyRows number(int value) throws SQLException {
        room(8);
        buffer.putInt(4).putInt(value);
        return this;
    }

    CopyRows big(long value) throws SQLException {
        room(12);
        buffer.putInt(8).putLong(value);
        return this;
    }

    CopyRows yesNo(boolean value) throws SQLException {
        room(5);
        buffer.putInt(1).put((byte) (value ? 1 : 0));
        return this;
    }

    CopyRows time(@Nullable Instant value) throws SQLException {
        return value == null
                ? none()
                : big((value.getEpochSecond() - POSTGRES_EPOCH_SECONDS) * 1_000_000 + value.getNano() / 1000);
    }

    CopyRows noTexts() throws SQLException {
        room(16);
        buffer.putInt(12).putInt(0).putInt(0).putInt(TEXT_OID);
        return this;
    }

    CopyRows none() throws SQLException {
        room(4);
        buffer.putInt(-1);
        return this;
    }

    private void room(int bytes) throws SQLException {
        if (buffer.remaining() < bytes) {
            copy.writeToCopy(buffer.array(), 0, buffer.position());
            buffer.clear();
        }
    }

    /** Sends the rest; returns how many rows the server took. */
    long finish() throws SQLException {
        room(2);
        buffer.putShort((short) -1);
        copy.writeToCopy(buffer.array(), 0, buffer.position());
        return copy.endCopy();
    }

    /** Without {@link #finish} nothing is stored. */
    @Override
    public void close() throws SQLException {
        if (copy.isActive()) {
            copy.cancelCopy();
        }
    }
}
