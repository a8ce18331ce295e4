package dev.pocketagent.kit.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.kit.net.OutboundHttp.Outcome;
import dev.pocketagent.kit.problem.ProblemException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PfxOptions;

/** Against real sockets on loopback, some of which misbehave; only the DNS is played. */
@Tag("slow")
class OutboundHttpTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
    private static Vertx vertx;
    private static PfxOptions certificate;

    private final AtomicInteger lookups = new AtomicInteger();
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private OutboundHttp http;
    private ServerSocket raw;

    @BeforeAll
    static void keys(@TempDir Path home) throws Exception {
        vertx = Vertx.vertx();
        Path store = home.resolve("hook.p12");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-alias", "hook", "-keyalg", "EC", "-dname", "CN=hook.test", "-ext", "san=dns:hook.test",
                "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", "changeit")
                .redirectErrorStream(true).start();
        keytool.getInputStream().readAllBytes();
        assertThat(keytool.waitFor()).isZero();
        certificate = new PfxOptions().setValue(vertx.fileSystem().readFileBlocking(store.toString()))
                .setPassword("changeit");
    }

    @AfterAll
    static void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @AfterEach
    void close() throws IOException {
        if (http != null) {
            http.close();
        }
        if (raw != null) {
            raw.close();
        }
    }

    private static InetAddress address(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    private void dns(HttpClientOptions options, InetAddress... first) {
        OutboundGuard guard = new OutboundGuard(List.of("127.0.0.0/8"), List.of("http", "https"), List.of(0));
        http = new OutboundHttp(vertx, guard, host -> {
            lookups.incrementAndGet();
            return first;
        }, options);
    }

    private void dns(InetAddress... first) {
        dns(new HttpClientOptions(), first);
    }

    private Outcome post(String url) throws InterruptedException {
        return post(url, PATIENCE);
    }

    private Outcome post(String url, Duration timeout) throws InterruptedException {
        return http.post(URI.create(url), Map.of("Content-Type", "application/json"), BODY, timeout);
    }

    private int secured() {
        HttpServer server = vertx.createHttpServer(new HttpServerOptions().setSsl(true).setKeyCertOptions(certificate)
                .setSni(true).setHost("127.0.0.1").setPort(0))
                .requestHandler(request -> request.body().onSuccess(body -> {
                    seen.add(request.method() + " " + request.uri() + " " + request.getHeader("Host") + " "
                            + request.connection().indicatedServerName() + " " + body);
                    request.response().setStatusCode(204).end();
                }));
        return server.listen().toCompletionStage().toCompletableFuture().join().actualPort();
    }

    private interface Misbehaviour {
        void on(Socket socket, OutputStream out) throws Exception;
    }

    /** Reads a request's head, then does as it likes. */
    private int misbehaving(Misbehaviour what) throws IOException {
        raw = new ServerSocket(0, 50, address("127.0.0.1"));
        Thread.ofVirtual().start(() -> {
            while (!raw.isClosed()) {
                try {
                    Socket socket = raw.accept();
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            InputStream in = socket.getInputStream();
                            String head = new String(in.readNBytes(30), StandardCharsets.ISO_8859_1);
                            seen.add(head.lines().findFirst().orElse(""));
                            what.on(socket, socket.getOutputStream());
                        } catch (Exception e) {
                            seen.add("cut: " + e.getClass().getSimpleName());
                        }
                    });
                } catch (IOException closed) {
                    return;
                }
            }
        });
        return raw.getLocalPort();
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    @Test
    void theCheckedAddressIsConnectedAndTheNameThatWasAskedIsProven() throws Exception {
        int port = secured();
        dns(new HttpClientOptions().setTrustOptions(certificate), address("127.0.0.1"));
        Outcome outcome = post("https://hook.test:" + port + "/in?x=1");
        assertThat(outcome).isEqualTo(new Outcome.Answered(204, null));
        assertThat(seen.poll(5, TimeUnit.SECONDS))
                .isEqualTo("POST /in?x=1 hook.test:" + port + " hook.test {\"a\":1}");
        assertThat(lookups).hasValue(1);
    }

    @Test
    void aCertificateForAnotherNameOrFromNobodyWeTrustIsNoConnection() throws Exception {
        int port = secured();
        dns(new HttpClientOptions().setTrustOptions(certificate), address("127.0.0.1"));
        assertThat(post("https://other.test:" + port)).isInstanceOf(Outcome.Failed.class).asString()
                .contains("certificate");
        http.close();
        dns(address("127.0.0.1"));
        assertThat(post("https://hook.test:" + port)).isInstanceOf(Outcome.Failed.class).asString()
                .contains("certificate");
        assertThat(seen).isEmpty();
    }

    @Test
    void aNameWithOnePrivateAddressIsRefusedBeforeAnythingIsConnected() throws Exception {
        int port = misbehaving((socket, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        dns(address("127.0.0.1"), address("10.0.0.1"));
        Outcome outcome = post("http://hook.test:" + port);
        assertThat(outcome).isEqualTo(new Outcome.Refused("the host is in a private or reserved network"));
        assertThat(seen).isEmpty();
    }

    @Test
    void aNameThatTurnsPrivateAfterItsCheckIsRefusedTheNextTime() throws Exception {
        int port = misbehaving((socket, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        OutboundGuard guard = new OutboundGuard(List.of("127.0.0.0/8"), List.of("http"), List.of(0));
        http = new OutboundHttp(vertx, guard, host -> new InetAddress[]{
                address(lookups.getAndIncrement() == 0 ? "127.0.0.1" : "169.254.169.254")});
        assertThat(post("http://hook.test:" + port)).isEqualTo(new Outcome.Answered(200, null));
        assertThat(post("http://hook.test:" + port)).isInstanceOf(Outcome.Refused.class);
        assertThat(lookups).hasValue(2);
    }

    @Test
    void schemesPortsAndCredentialsAreCheckedAgainWhenSending() throws Exception {
        OutboundGuard guard = new OutboundGuard(List.of(), List.of("https"), List.of(443));
        http = new OutboundHttp(vertx, guard, host -> {
            throw new AssertionError("nothing is looked up");
        });
        for (String url : List.of("http://hook.test", "https://hook.test:8080", "https://u:p@hook.test",
                "file:///etc")) {
            assertThat(post(url)).as(url).isInstanceOf(Outcome.Refused.class);
        }
    }

    @Test
    void theNextAddressIsTriedWhenOneDoesNotAnswer() throws Exception {
        int port = misbehaving((socket, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        dns(address("127.0.0.2"), address("127.0.0.1"));
        assertThat(post("http://hook.test:" + port)).isEqualTo(new Outcome.Answered(200, null));
        http.close();
        dns(address("127.0.0.2"));
        assertThat(post("http://hook.test:" + port)).isInstanceOf(Outcome.Failed.class).asString().contains("refused");
    }

    @Test
    void redirectsAreAnswersAndRetryAfterIsPassedOn() throws Exception {
        int port = misbehaving((socket, out) -> write(out, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                + "Retry-After: 7\r\nContent-Length: 0\r\n\r\n"));
        dns(address("127.0.0.1"));
        assertThat(post("http://hook.test:" + port + "/a")).isEqualTo(new Outcome.Answered(302, "7"));
        assertThat(seen).containsExactly("POST /a HTTP/1.1");
    }

    @Test
    void aFloodIsCutAndCountsByItsStatus() throws Exception {
        AtomicLong sent = new AtomicLong();
        int port = misbehaving((socket, out) -> {
            write(out, "HTTP/1.1 200 OK\r\n\r\n");
            byte[] piece = new byte[64 * 1024];
            while (sent.get() < 1L << 30) {
                out.write(piece);
                sent.addAndGet(piece.length);
            }
        });
        dns(address("127.0.0.1"));
        assertThat(post("http://hook.test:" + port)).isEqualTo(new Outcome.Answered(200, null));
        assertThat(seen.poll(5, TimeUnit.SECONDS)).startsWith("POST");
        assertThat(seen.poll(5, TimeUnit.SECONDS)).startsWith("cut:");
        // What the buffers of the two sockets took, not what was offered.
        assertThat(sent.get()).isLessThan(64L << 20);
    }

    @Test
    void whoeverIsSlowIsLeftWhenTheTimeIsOver() throws Exception {
        int port = misbehaving((socket, out) -> {
            write(out, "HTTP/1.1 200 OK\r\n");
            for (int i = 0; i < 200; i++) {
                write(out, "X-Drip: " + i + "\r\n");
                Thread.sleep(50);
            }
        });
        dns(address("127.0.0.1"));
        long started = System.nanoTime();
        Outcome outcome = post("http://hook.test:" + port, Duration.ofMillis(600));
        assertThat(outcome).isEqualTo(new Outcome.Failed("no answer within 600 ms"));
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(4));
        assertThat(seen.poll(5, TimeUnit.SECONDS)).startsWith("POST");
        assertThat(seen.poll(5, TimeUnit.SECONDS)).startsWith("cut:");
    }

    @Test
    void aSlowLookupEndsInTimeToo() throws Exception {
        OutboundGuard guard = new OutboundGuard(List.of("127.0.0.0/8"), List.of("http"), List.of(0));
        http = new OutboundHttp(vertx, guard, host -> {
            try {
                Thread.sleep(3000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new InetAddress[]{address("127.0.0.1")};
        });
        assertThat(post("http://hook.test", Duration.ofMillis(200)))
                .isEqualTo(new Outcome.Failed("no answer within 200 ms"));
    }

    @Test
    void aCheckRefusesWhatItFindsOutInTimeAndLetsPassByItsFormWhatItDoesNot() {
        OutboundGuard guard = new OutboundGuard(List.of(), List.of("https"), List.of(443));
        CountDownLatch answered = new CountDownLatch(1);
        http = new OutboundHttp(vertx, guard, host -> {
            switch (host) {
                case "private.test" -> {
                    return new InetAddress[]{address("93.184.216.34"), address("10.0.0.1")};
                }
                case "slow.test" -> {
                    try {
                        answered.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return new InetAddress[]{address("10.0.0.1")};
                }
                case "public.test" -> {
                    return new InetAddress[]{address("93.184.216.34")};
                }
                default -> throw new UnknownHostException(host);
            }
        });
        Duration patience = Duration.ofMillis(50);
        http.check(URI.create("https://public.test/"), PATIENCE);
        for (String refused : List.of("https://private.test/", "https://unknown.test/")) {
            assertThatThrownBy(() -> http.check(URI.create(refused), PATIENCE)).as(refused)
                    .isInstanceOf(ProblemException.class);
        }
        long began = System.nanoTime();
        // More than there are threads for it: those that get none pass at once.
        for (int i = 0; i < 20; i++) {
            http.check(URI.create("https://slow.test/"), patience);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
        for (String refused : List.of("http://slow.test/", "https://10.0.0.1/", "https://[::1]/",
                "https://167772161/")) {
            assertThatThrownBy(() -> http.check(URI.create(refused), patience)).as(refused)
                    .isInstanceOf(ProblemException.class);
        }
        answered.countDown();
    }

    @Test
    void cutAndSenselessAnswersAreFailures() throws Exception {
        int port = misbehaving((socket, out) -> write(out, "HTTP/1.1 2"));
        dns(address("127.0.0.1"));
        assertThat(post("http://hook.test:" + port)).isInstanceOf(Outcome.Failed.class);
        raw.close();
        port = misbehaving((socket, out) -> write(out, "220 smtp.test ESMTP\r\n\r\n"));
        assertThat(post("http://hook.test:" + port)).isInstanceOf(Outcome.Failed.class);
        raw.close();
        port = misbehaving((socket, out) -> {
            write(out, "HTTP/1.1 200 OK\r\n");
            for (int i = 0; i < 1000; i++) {
                write(out, "X-Header-" + i + ": " + "x".repeat(1000) + "\r\n");
            }
        });
        assertThat(post("http://hook.test:" + port)).isInstanceOf(Outcome.Failed.class);
    }
}
