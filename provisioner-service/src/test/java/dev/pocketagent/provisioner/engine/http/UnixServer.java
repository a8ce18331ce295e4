package dev.pocketagent.provisioner.engine.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A unix-socket server that answers however badly a test wants. It reads a request's head and hands the connection over. */
public final class UnixServer implements AutoCloseable {

    /** Writes whatever it likes; the connection is closed when it returns. */
    @FunctionalInterface
    public interface Behaviour {
        void answer(String head, InputStream in, OutputStream out) throws IOException, InterruptedException;
    }

    private final Path directory;
    private final ServerSocketChannel server;
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final List<SocketChannel> open = new CopyOnWriteArrayList<>();

    public UnixServer(Behaviour behaviour) throws IOException {
        directory = Files.createTempDirectory("pocket-fake");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(directory.resolve("s")));
        Thread.ofVirtual().start(() -> {
            while (server.isOpen()) {
                try {
                    SocketChannel channel = server.accept();
                    open.add(channel);
                    Thread.ofVirtual().start(() -> serve(channel, behaviour));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    /** Always the same bytes. */
    public static UnixServer saying(String answer) throws IOException {
        return new UnixServer((head, in, out) -> out.write(answer.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** Well-formed JSON answers by the first line of the request, e.g. {@code GET /_ping HTTP/1.1}. */
    public static UnixServer json(java.util.function.Function<String, String> statusAndBody) throws IOException {
        return new UnixServer((head, in, out) -> {
            String answer = statusAndBody.apply(head.substring(0, head.indexOf(" HTTP/")));
            String status = answer.substring(0, 3);
            byte[] body = answer.substring(3).strip().getBytes(StandardCharsets.UTF_8);
            out.write(("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(body);
        });
    }

    private void serve(SocketChannel channel, Behaviour behaviour) {
        try (channel) {
            InputStream in = Channels.newInputStream(channel);
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = in.read();
                if (next < 0) {
                    return;
                }
                head.write(next);
            }
            String text = head.toString(StandardCharsets.ISO_8859_1);
            heads.add(text);
            behaviour.answer(text, in, Channels.newOutputStream(channel));
        } catch (IOException | InterruptedException e) {
            // The client went away, which is what some tests are about.
            return;
        }
    }

    public EngineAddress address() {
        return new EngineAddress.Unix(directory.resolve("s"));
    }

    public List<String> heads() {
        return heads;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (SocketChannel channel : open) {
            channel.close();
        }
        Files.deleteIfExists(directory.resolve("s"));
        Files.deleteIfExists(directory);
    }
}
