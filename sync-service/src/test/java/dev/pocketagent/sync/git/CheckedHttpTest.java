package dev.pocketagent.sync.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;

import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of servers that lie. */
class CheckedHttpTest {

    @Test
    void readsABodyOfGivenLength() throws Exception {
        assertThat(body("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more")).isEqualTo("hello");
    }

    @Test
    void readsAChunkedBody() throws Exception {
        assertThat(body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n"))
                .isEqualTo("hello!");
    }

    @Test
    void readsABodyUntilTheEndOfTheConnection() throws Exception {
        assertThat(body("HTTP/1.0 200 OK\n\nhello")).isEqualTo("hello");
    }

    @Test
    void skipsInterimAnswers() throws Exception {
        assertThat(body("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
                .isEqualTo("ok");
    }

    @Test
    void aCutBodyIsAnErrorAndNotAShortBody() {
        assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void nonsenseIsAnError() {
        assertThatThrownBy(() -> body("SSH-2.0-OpenSSH_9.2\r\n\r\n")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> body("HTTP/1.1 200 OK\r\n" + "X-Flood: 1\r\n".repeat(10_000) + "\r\n"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aHeaderCannotSmuggleALine() throws Exception {
        // Given
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            HttpConnection connection = connection(server);
            connection.setRequestProperty("X-Thing", "a\r\nInjected: yes");
            Thread.ofVirtual().start(() -> {
                try {
                    connection.getResponseCode();
                } catch (IOException closed) {
                    // the server answers nothing
                }
            });

            // When
            try (Socket accepted = server.accept()) {
                byte[] request = new byte[2000];
                int count = accepted.getInputStream().read(request);

                // Then
                assertThat(new String(request, 0, count, StandardCharsets.US_ASCII))
                        .contains("X-Thing: aInjected: yes\r\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1/objects", "https://127.0.0.1:8080/objects",
            "http://localhost:8080/objects",
            "file:///objects", "ftp://127.0.0.1:8080/objects"})
    void aServerCannotNameAnotherAddressForAPart(String elsewhere) throws Exception {
        // Given
        HttpConnectionFactory factory = CheckedHttp.factory(
                new Transfer(RemoteTest.system(), address -> true,
                        new FetchLimits(1_000, Duration.ofSeconds(10), Duration.ofSeconds(5))),
                url("HTTP://127.0.0.1:8080/one.git"));

        // When / Then
        assertThat(factory.create(URI.create("http://127.0.0.1:8080/one.git/objects").toURL())).isNotNull();
        assertThatThrownBy(() -> factory.create(URI.create(elsewhere).toURL()))
                .isInstanceOfSatisfying(RemoteException.class,
                        e -> assertThat(e.reason()).isEqualTo(RemoteException.Reason.REDIRECTED));
    }

    private static String body(String answer) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket accepted = server.accept()) {
                    accepted.getInputStream().read(new byte[4000]);
                    accepted.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                    accepted.shutdownOutput();
                    accepted.getInputStream().readAllBytes();
                } catch (IOException closed) {
                    // the client had enough
                }
            });
            HttpConnection connection = connection(server);
            connection.getResponseCode();
            try (InputStream in = connection.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            }
        }
    }

    private static HttpConnection connection(ServerSocket server) throws IOException {
        Transfer transfer = new Transfer((host, patience) -> InetAddress.getAllByName(host), address -> true,
                new FetchLimits(1_000_000, Duration.ofSeconds(10), Duration.ofSeconds(5)));
        URI remote = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/x");
        return CheckedHttp.factory(transfer, url(remote.toString())).create(remote.toURL());
    }

    private static RemoteUrl url(String text) throws IOException {
        try {
            return RemoteUrl.parse(text, Set.of("http"));
        } catch (RemoteUrl.InvalidException e) {
            throw new IOException(e);
        }
    }
}
