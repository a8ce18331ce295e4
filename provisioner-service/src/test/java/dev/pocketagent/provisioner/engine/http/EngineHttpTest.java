package dev.pocketagent.provisioner.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineHttpTest {

    private static final Waiting SHORT = Waiting.atMost(Duration.ofSeconds(5));

    private static String get(UnixServer server) throws EngineException {
        return get(server, SHORT);
    }

    private static String get(UnixServer server, Waiting waiting) throws EngineException {
        return new EngineHttp(server.address()).exchange(Request.get("/x"), waiting,
                reply -> reply.status() + ":" + new String(reply.bytes(1_000_000), StandardCharsets.UTF_8));
    }

    private static EngineException failure(UnixServer server, Waiting waiting) {
        return catchThrowableOfType(EngineException.class, () -> get(server, waiting));
    }

    @Test
    void aBodyOfKnownLengthIsReadToItsEnd() throws Exception {
        // Given
        try (UnixServer server = UnixServer
                .saying("HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\nX: y\r\n\r\nhello and more")) {
            // When
            String reply = get(server);

            // Then
            assertThat(reply).isEqualTo("200:hello");
            assertThat(server.heads().getFirst())
                    .startsWith("GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        }
    }

    @Test
    void chunksAreJoinedHoweverTheyArrive() throws Exception {
        // Given: bodies cut into random chunks, written in random pieces
        Random random = new Random(42);
        for (int round = 0; round < 50; round++) {
            byte[] body = new byte[random.nextInt(5000)];
            for (int i = 0; i < body.length; i++) {
                body[i] = (byte) ('a' + random.nextInt(26));
            }
            StringBuilder wire = new StringBuilder("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            int sent = 0;
            while (sent < body.length) {
                int size = Math.min(body.length - sent, 1 + random.nextInt(700));
                wire.append(Integer.toHexString(size)).append(random.nextBoolean() ? ";x=y" : "").append("\r\n")
                        .append(new String(body, sent, size, StandardCharsets.US_ASCII)).append("\r\n");
                sent += size;
            }
            byte[] bytes = wire.append("0\r\n\r\n").toString().getBytes(StandardCharsets.US_ASCII);
            int piece = 1 + random.nextInt(300);
            try (UnixServer server = new UnixServer((head, in, out) -> {
                for (int i = 0; i < bytes.length; i += piece) {
                    out.write(bytes, i, Math.min(piece, bytes.length - i));
                }
            })) {
                // When
                String reply = get(server);

                // Then
                assertThat(reply).isEqualTo("200:" + new String(body, StandardCharsets.US_ASCII));
            }
        }
    }

    @Test
    void withoutALengthTheBodyEndsWithTheConnection() throws Exception {
        try (UnixServer server = UnixServer.saying("HTTP/1.1 200 OK\r\n\r\nall of it")) {
            assertThat(get(server)).isEqualTo("200:all of it");
        }
    }

    @Test
    void informationInBetweenIsSkipped() throws Exception {
        try (UnixServer server = UnixServer.saying("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")) {
            assertThat(get(server)).isEqualTo("204:");
        }
    }

    @Test
    void anErrorStatusIsAReply() throws Exception {
        try (UnixServer server = UnixServer.saying("HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}")) {
            assertThat(get(server)).isEqualTo("500:{}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "",
            "HTTP/1.1 20",
            "HTTP/1.1 200 OK\r\nContent-Le",
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive.",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfi",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive.\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive.and more\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxx",
            "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 abc OK\r\n\r\n",
            "HTTP/1.1 999 OK\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
            "\u0000\u0001\u0002\u00ff\r\n\r\n"})
    void whatIsCutOrNoHttpIsBroken(String answer) throws Exception {
        // Given
        try (UnixServer server = UnixServer.saying(answer)) {
            // When
            EngineException failure = failure(server, SHORT);

            // Then
            assertThat(failure.kind()).isEqualTo(EngineException.Kind.BROKEN);
            assertThat(failure.getMessage()).contains(server.address().toString());
        }
    }

    @Test
    void aSilentServerIsATimeout() throws Exception {
        // Given
        try (UnixServer server = new UnixServer((head, in, out) -> Thread.sleep(10_000))) {
            long start = System.nanoTime();

            // When
            EngineException failure = failure(server, Waiting.atMost(Duration.ofMillis(300)));

            // Then
            assertThat(failure.kind()).isEqualTo(EngineException.Kind.TIMEOUT);
            assertThat(failure.getMessage()).endsWith("no answer within 0.3 s");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(300),
                    Duration.ofMillis(1500));
        }
    }

    @Test
    void theDeadlineIsForTheWholeAnswerAndNotForEachByte() throws Exception {
        // Given: a byte every 20 ms, for ever
        try (UnixServer server = new UnixServer((head, in, out) -> {
            out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write('x');
                Thread.sleep(20);
            }
        })) {
            // When
            EngineException failure = failure(server, Waiting.atMost(Duration.ofMillis(300)));

            // Then
            assertThat(failure.kind()).isEqualTo(EngineException.Kind.TIMEOUT);
        }
    }

    @Test
    void anEndlessBodyIsCutOff() throws Exception {
        // Given
        try (UnixServer server = new UnixServer((head, in, out) -> {
            out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] block = new byte[65536];
            while (true) {
                out.write(block);
            }
        })) {
            // When
            EngineException failure = failure(server, SHORT);

            // Then
            assertThat(failure.kind()).isEqualTo(EngineException.Kind.BROKEN);
            assertThat(failure.getMessage()).contains("longer than 1000000 bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\n", ""})
    void endlessHeadersAreCutOff(String start) throws Exception {
        // Given
        try (UnixServer server = new UnixServer((head, in, out) -> {
            out.write(start.getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy".getBytes(StandardCharsets.US_ASCII));
            }
        })) {
            // When
            EngineException failure = failure(server, SHORT);

            // Then
            assertThat(failure.kind()).isEqualTo(EngineException.Kind.BROKEN);
            assertThat(failure.getMessage()).contains("headers are longer");
        }
    }

    @Test
    void whoeverWaitsMayGiveUp() throws Exception {
        // Given
        AtomicInteger asked = new AtomicInteger();
        try (UnixServer server = new UnixServer((head, in, out) -> Thread.sleep(10_000))) {
            // When
            EngineException failure = failure(server,
                    new Waiting(Duration.ofSeconds(9), () -> asked.incrementAndGet() < 3));

            // Then
            assertThat(failure.kind()).isEqualTo(EngineException.Kind.ABANDONED);
            assertThat(asked).hasValue(3);
        }
    }

    @Test
    void anInterruptedThreadGivesUpAtOnce() throws Exception {
        // Given
        try (UnixServer server = new UnixServer((head, in, out) -> Thread.sleep(10_000))) {
            CompletableFuture<EngineException> failure = new CompletableFuture<>();
            Thread thread = Thread.ofPlatform()
                    .start(() -> failure.complete(failure(server, Waiting.atMost(Duration.ofSeconds(9)))));
            while (server.heads().isEmpty()) {
                Thread.sleep(5);
            }

            // When
            thread.interrupt();

            // Then
            assertThat(failure.get().kind()).isEqualTo(EngineException.Kind.ABANDONED);
        }
    }

    @Test
    void noSocketNoPermissionAndNobodyThereAreUnreachable(@TempDir Path directory) throws Exception {
        // Given
        Path absent = directory.resolve("none");
        Path file = Files.writeString(directory.resolve("file"), "no socket");
        Path dead = directory.resolve("dead");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            // Closing it leaves the file, as a killed engine does.
            server.bind(UnixDomainSocketAddress.of(dead));
        }
        for (Path path : new Path[]{absent, file, dead, directory.resolve("x".repeat(200))}) {
            // When
            EngineException failure = catchThrowableOfType(EngineException.class,
                    () -> new EngineHttp(new EngineAddress.Unix(path)).exchange(Request.get("/"), SHORT,
                            Reply::status));

            // Then
            assertThat(failure.kind()).as("%s", failure).isEqualTo(EngineException.Kind.UNREACHABLE);
        }
    }

    @Test
    void plainTcpSpeaksTheSame() throws Exception {
        // Given
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = server.accept(); OutputStream out = socket.getOutputStream()) {
                    out.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            EngineAddress address = EngineAddress.parse("tcp://127.0.0.1:" + server.getLocalPort());

            // When
            String body = new EngineHttp(address).exchange(Request.get("/"), SHORT,
                    reply -> new String(reply.bytes(10), StandardCharsets.US_ASCII));

            // Then
            assertThat(body).isEqualTo("ok");
        }
    }

    @Test
    void aClosedTcpPortSaysRefused() throws Exception {
        // Given
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
        }

        // When
        EngineException failure = catchThrowableOfType(EngineException.class,
                () -> EngineHttp.knock(new EngineAddress.Tcp("127.0.0.1", port), SHORT));

        // Then
        assertThat(failure.kind()).isEqualTo(EngineException.Kind.UNREACHABLE);
        assertThat(failure.getMessage()).containsIgnoringCase("refused");
    }

    @Test
    void aFileGoesOutInChunks(@TempDir Path directory) throws Exception {
        // Given
        byte[] content = new byte[100_000];
        new Random(1).nextBytes(content);
        Path file = Files.write(directory.resolve("f"), content);
        CompletableFuture<byte[]> wire = new CompletableFuture<>();
        try (UnixServer server = new UnixServer((head, in, out) -> {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            String size = "";
            while (!size.equals("0")) {
                StringBuilder line = new StringBuilder();
                for (int next = in.read(); next != '\n'; next = in.read()) {
                    line.append((char) next);
                }
                size = line.toString().strip();
                all.write(in.readNBytes(Integer.parseInt(size, 16)));
                in.readNBytes(2);
            }
            wire.complete(all.toByteArray());
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        })) {
            Request request = new Request("POST", "/load", new Request.Body.File("application/x-tar", file));

            // When
            int status = new EngineHttp(server.address()).exchange(request, SHORT, Reply::status);

            // Then
            assertThat(status).isEqualTo(200);
            assertThat(server.heads().getFirst()).contains("Transfer-Encoding: chunked");
            assertThat(wire.get()).isEqualTo(content);
        }
    }

    @Test
    void addressesAreReadAsPeopleWriteThem() {
        assertThat(EngineAddress.parse("/run/docker.sock"))
                .isEqualTo(new EngineAddress.Unix(Path.of("/run/docker.sock")));
        assertThat(EngineAddress.parse(" unix:///run/docker.sock "))
                .isEqualTo(new EngineAddress.Unix(Path.of("/run/docker.sock")));
        assertThat(EngineAddress.parse("tcp://proxy:1234")).isEqualTo(new EngineAddress.Tcp("proxy", 1234));
        assertThat(EngineAddress.parse("http://proxy/")).isEqualTo(new EngineAddress.Tcp("proxy", 2375));
        assertThat(EngineAddress.parse("tcp://[::1]:1234")).isEqualTo(new EngineAddress.Tcp("::1", 1234));
        for (String wrong : new String[]{"", "docker.sock", "unix://docker.sock", "https://x", "tcp://x/path",
                "tcp://u@x", "ssh://x"}) {
            assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> EngineAddress.parse(wrong))).as(wrong)
                    .hasMessageContaining("no engine address");
        }
    }
}
