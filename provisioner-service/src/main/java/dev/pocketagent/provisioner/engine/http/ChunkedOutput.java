package dev.pocketagent.provisioner.engine.http;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A request body of unknown length. */
final class ChunkedOutput extends OutputStream {

    private static final byte[] CRLF = {'\r', '\n'};

    private final Connection connection;
    private boolean closed;

    ChunkedOutput(Connection connection) {
        this.connection = connection;
    }

    @Override
    public void write(int value) throws EngineException {
        write(new byte[]{(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws EngineException {
        if (length == 0) {
            // An empty chunk would end the body.
            return;
        }
        connection.write(ascii(Integer.toHexString(length) + "\r\n"));
        connection.write(ByteBuffer.wrap(bytes, offset, length));
        connection.write(ByteBuffer.wrap(CRLF));
    }

    @Override
    public void close() throws EngineException {
        if (!closed) {
            closed = true;
            connection.write(ascii("0\r\n\r\n"));
        }
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
