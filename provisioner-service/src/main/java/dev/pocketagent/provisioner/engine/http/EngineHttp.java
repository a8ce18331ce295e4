package dev.pocketagent.provisioner.engine.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Sends one request and hands its reply to the caller. A connection serves one exchange: opening a unix socket costs some 0.1 ms, and
 * there is no stale connection to mistake for a dead engine.
 */
public final class EngineHttp {

    /** Most that a status line and its headers may take together. */
    private static final int MAX_HEAD_BYTES = 64 * 1024;

    private final EngineAddress address;

    public EngineHttp(EngineAddress address) {
        this.address = address;
    }

    /** Reads what it needs of the reply; the connection is closed when it returns. */
    @FunctionalInterface
    public interface Reader<T> {
        T read(Reply reply) throws EngineException;
    }

    /** @throws EngineException of every kind but {@link EngineException.Kind#REFUSED}: an error status is a reply like any other */
    public <T> T exchange(Request request, Waiting waiting, Reader<T> reader) throws EngineException {
        try (Connection connection = Connection.open(address, waiting)) {
            return reader.read(reply(connection, request));
        }
    }

    /** A server may answer and hang up before it has read the whole request: its answer says more than the broken pipe. */
    private Reply reply(Connection connection, Request request) throws EngineException {
        EngineException unsent = null;
        try {
            send(connection, request);
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.BROKEN) {
                throw e;
            }
            unsent = e;
        }
        try {
            return receive(connection, request.method());
        } catch (EngineException e) {
            throw unsent == null ? e : unsent;
        }
    }

    /** Whether a connection is accepted there; nothing is sent. */
    public static void knock(EngineAddress address, Waiting waiting) throws EngineException {
        Connection.open(address, waiting).close();
    }

    private void send(Connection connection, Request request) throws EngineException {
        String host = switch (address) {
            case EngineAddress.Unix unix -> "localhost";
            case EngineAddress.Tcp tcp ->
                (tcp.host().indexOf(':') >= 0 ? "[" + tcp.host() + "]" : tcp.host()) + ":" + tcp.port();
        };
        StringBuilder head = new StringBuilder(256)
                .append(request.method()).append(' ').append(request.target()).append(" HTTP/1.1\r\nHost: ")
                .append(host)
                .append("\r\nConnection: close\r\nUser-Agent: pocketagent-provisioner\r\n");
        switch (request.body()) {
            case Request.Body.None none -> {
                if (request.method().equals("POST")) {
                    head.append("Content-Length: 0\r\n");
                }
                connection.write(ascii(head.append("\r\n")));
            }
            case Request.Body.Bytes bytes -> {
                head.append("Content-Type: ").append(bytes.contentType())
                        .append("\r\nContent-Length: ").append(bytes.bytes().length).append("\r\n\r\n");
                connection.write(ascii(head));
                connection.write(ByteBuffer.wrap(bytes.bytes()));
            }
            case Request.Body.File file -> {
                head.append("Content-Type: ").append(file.contentType())
                        .append("\r\nTransfer-Encoding: chunked\r\n\r\n");
                connection.write(ascii(head));
                try (InputStream in = Files.newInputStream(file.path())) {
                    OutputStream out = connection.chunks();
                    in.transferTo(out);
                    // Only a complete file gets its end mark: an aborted one must not pass for a whole one.
                    out.close();
                } catch (EngineException e) {
                    throw e;
                } catch (IOException e) {
                    throw new EngineException(EngineException.Kind.ABANDONED, file.path() + " cannot be read", e);
                }
            }
        }
    }

    private static Reply receive(Connection connection, String method) throws EngineException {
        while (true) {
            Head head = Head.read(connection);
            // 1xx is a word in between; only 101 is final, and nobody here asks to switch protocols.
            if (head.status >= 200) {
                return new Reply(head.status, head.headers, body(connection, method, head));
            }
        }
    }

    private static InputStream body(Connection connection, String method, Head head) throws EngineException {
        if (method.equals("HEAD") || head.status == 204 || head.status == 304) {
            return InputStream.nullInputStream();
        }
        String coding = head.headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT);
        if (coding.equals("chunked")) {
            return new ChunkedInput(connection);
        }
        if (!coding.isEmpty() && !coding.equals("identity")) {
            throw connection.broken("the answer comes in an unknown coding");
        }
        String length = head.headers.get("content-length");
        if (length == null) {
            return connection.rest();
        }
        try {
            long bytes = Long.parseLong(length);
            if (bytes >= 0) {
                return new SizedInput(connection, bytes);
            }
        } catch (NumberFormatException ignored) {
            // Said below.
        }
        throw connection.broken("the answer's length is not a number");
    }

    private static ByteBuffer ascii(CharSequence text) {
        return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /** Status line and headers. */
    private static final class Head {

        private final int status;
        private final Map<String, String> headers;

        private Head(int status, Map<String, String> headers) {
            this.status = status;
            this.headers = headers;
        }

        static Head read(Connection connection) throws EngineException {
            int[] budget = {MAX_HEAD_BYTES};
            String first = line(connection, budget, true);
            // "HTTP/1.1 200 OK"
            if (!first.startsWith("HTTP/1.") || first.length() < 12 || first.charAt(8) != ' ') {
                throw connection.broken("what answers there does not speak HTTP");
            }
            int status;
            try {
                status = Integer.parseInt(first.substring(9, 12));
            } catch (NumberFormatException e) {
                throw connection.broken("what answers there does not speak HTTP");
            }
            if (status < 100 || status > 599) {
                throw connection.broken("the status " + status + " does not exist");
            }
            Map<String, String> headers = new HashMap<>();
            String line = line(connection, budget, false);
            while (!line.isEmpty()) {
                int colon = line.indexOf(':');
                if (colon < 1) {
                    throw connection.broken("a header of the answer has no name");
                }
                headers.put(line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
                line = line(connection, budget, false);
            }
            return new Head(status, headers);
        }

        private static String line(Connection connection, int[] budget, boolean first) throws EngineException {
            StringBuilder text = new StringBuilder(64);
            while (true) {
                int next = connection.read();
                if (next < 0) {
                    throw connection.broken(first && text.isEmpty()
                            ? "the connection was closed without an answer"
                            : "the answer was cut in its headers");
                }
                if (--budget[0] < 0) {
                    throw connection.broken("the answer's headers are longer than " + MAX_HEAD_BYTES + " bytes");
                }
                if (next == '\n') {
                    int end = text.length();
                    return text.substring(0, end > 0 && text.charAt(end - 1) == '\r' ? end - 1 : end);
                }
                text.append((char) next);
            }
        }
    }

    /** A body of a known length; an earlier end is an error. */
    private static final class SizedInput extends InputStream {

        private final Connection connection;
        private long left;

        SizedInput(Connection connection, long bytes) {
            this.connection = connection;
            this.left = bytes;
        }

        @Override
        public int read() throws EngineException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws EngineException {
            if (left == 0) {
                return -1;
            }
            int count = connection.read(into, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw connection.broken("the answer was cut, " + left + " bytes before its end");
            }
            left -= count;
            return count;
        }
    }

    /** A body in chunks; an end without the empty last chunk is an error. */
    private static final class ChunkedInput extends InputStream {

        private static final int MAX_LINE = 1024;

        private final Connection connection;
        private long left;
        private boolean started;
        private boolean ended;

        ChunkedInput(Connection connection) {
            this.connection = connection;
        }

        @Override
        public int read() throws EngineException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws EngineException {
            if (length == 0) {
                return 0;
            }
            if (left == 0 && !next()) {
                return -1;
            }
            int count = connection.read(into, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw connection.broken("the answer was cut within a chunk");
            }
            left -= count;
            return count;
        }

        private boolean next() throws EngineException {
            if (ended) {
                return false;
            }
            if (started && !line().isEmpty()) {
                throw connection.broken("a chunk of the answer is longer than announced");
            }
            started = true;
            String size = line();
            int extension = size.indexOf(';');
            String digits = (extension < 0 ? size : size.substring(0, extension)).strip();
            try {
                left = Long.parseLong(digits, 16);
            } catch (NumberFormatException e) {
                left = -1;
            }
            if (left < 0) {
                throw connection.broken("the size of a chunk is not a number");
            }
            if (left == 0) {
                ended = true;
                return false;
            }
            return true;
        }

        private String line() throws EngineException {
            StringBuilder text = new StringBuilder(8);
            while (true) {
                int value = connection.read();
                if (value < 0) {
                    throw connection.broken("the answer was cut between two chunks");
                }
                if (value == '\n') {
                    return text.toString().strip();
                }
                if (text.length() >= MAX_LINE) {
                    throw connection.broken("the size of a chunk is not a number");
                }
                text.append((char) value);
            }
        }
    }
}
