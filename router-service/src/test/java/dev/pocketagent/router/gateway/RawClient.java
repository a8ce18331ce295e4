package dev.pocketagent.router.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client over a bare socket, for leaving at a chosen moment and for not reading. */
final class RawClient implements AutoCloseable {

    private final Socket socket;

    RawClient(int port, String key, String body) throws IOException {
        this(port, key, "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length, body);
    }

    /** Sends the head of a request, with a line of how its body will come, and what of the body is given. */
    RawClient(int port, String key, String framing, String begin) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setReceiveBufferSize(16 * 1024);
        socket.getOutputStream()
                .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key
                        + "\r\nContent-Type: application/json\r\n" + framing + "\r\n\r\n" + begin)
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** All that comes until the connection is closed. */
    String rest() throws IOException {
        socket.setSoTimeout(20_000);
        return new String(in().readAllBytes(), StandardCharsets.UTF_8);
    }

    InputStream in() throws IOException {
        return socket.getInputStream();
    }

    /** Reads until this text was seen. */
    void readTo(String text) throws IOException {
        var all = new StringBuilder();
        var block = new byte[4096];
        while (all.indexOf(text) < 0) {
            int count = in().read(block);
            if (count < 0) {
                throw new AssertionError("ended with: " + all);
            }
            all.append(new String(block, 0, count, StandardCharsets.ISO_8859_1));
        }
    }

    /** Closes the connection, now. */
    void leave() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
