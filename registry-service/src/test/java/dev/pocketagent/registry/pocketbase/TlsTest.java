package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

/** HTTPS with a certificate that nobody knows. */
@Tag("slow")
class TlsTest {

    @TempDir
    Path home;

    private Path keytool(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Path log = home.resolve("keytool.log");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        assertThat(process.waitFor()).as(Files.readString(log)).isZero();
        return log;
    }

    @Test
    void anUnknownCertificateIsRefusedAndTrustedOnceItsFileIsNamed() throws Exception {
        // Given
        String store = home.resolve("server.p12").toString();
        Path pem = home.resolve("ca.pem");
        keytool("-genkeypair", "-alias", "s", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "SAN=dns:localhost",
                "-keystore", store, "-storepass", "changeit");
        keytool("-exportcert", "-rfc", "-alias", "s", "-file", pem.toString(), "-keystore", store, "-storepass",
                "changeit");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(store))) {
            keys.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("{}".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        server.start();
        URI base = URI.create("https://localhost:" + server.getAddress().getPort());
        Duration time = Duration.ofSeconds(20);
        try (Http unaware = new Http(base, null, time, time); Http told = new Http(base, pem, time, time)) {
            // When
            assertThatThrownBy(() -> unaware.exchange("GET", "/x", null, null))
                    .isInstanceOfSatisfying(PocketBaseException.class, e -> {
                        // Then
                        assertThat(e.trouble()).isEqualTo(Trouble.TLS_REFUSED);
                        assertThat(e.getMessage()).contains("ca-file").contains("internal http:// address");
                    });
            assertThat(told.exchange("GET", "/x", null, null).status()).isEqualTo(200);
        } finally {
            server.stop(0);
        }
        assertThatThrownBy(() -> new Http(base, home.resolve("keytool.log"), time, time))
                .isInstanceOfSatisfying(PocketBaseException.class,
                        e -> assertThat(e.trouble()).isEqualTo(Trouble.MISCONFIGURED));
    }
}
