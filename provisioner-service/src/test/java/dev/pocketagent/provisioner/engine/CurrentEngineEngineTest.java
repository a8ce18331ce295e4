package dev.pocketagent.provisioner.engine;

import static dev.pocketagent.provisioner.engine.StackOnEngine.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.engine.http.EngineAddress;

/** An engine that is gone, and one behind a proxy. */
@Tag("slow")
@Tag("engine")
class CurrentEngineEngineTest {

    @RegisterExtension
    final StackOnEngine stack = new StackOnEngine();

    @Test
    void anEngineThatIsGoneIsUnavailable() throws Exception {
        // Given
        EngineBackend gone = new EngineBackend(EngineSettings.at(Optional.of("/nowhere/engine.sock")), Map.of(),
                (a, b, c, d) -> {
                }, Clock.systemUTC());

        // When
        Availability availability = gone.availability();

        // Then
        assertThat(availability).isInstanceOf(Availability.Unavailable.class);
        assertThat(catchThrowableOfType(BackendException.class, () -> gone.observe(stack.id())).kind())
                .isEqualTo(BackendException.Kind.UNAVAILABLE);
        assertThat(stack.backend().availability())
                .isEqualTo(new Availability.Available(stack.client().version() + " at " + stack.address()));
    }

    @Test
    void theSameWorksOverTcp() throws Exception {
        // Given: a proxy as a socket proxy would be
        try (TcpProxy proxy = new TcpProxy(stack.address())) {
            stack.use(new EngineBackend(EngineSettings.at(Optional.of("tcp://127.0.0.1:" + proxy.port())), Map.of(),
                    (a, b, c, d) -> {
                    }, Clock.systemUTC()));

            // When
            stack.apply(stack.spec(WEB));

            // Then
            assertThat(stack.container("web").health()).isEqualTo(HealthState.HEALTHY);
        }
    }

    /** Passes bytes between TCP and the engine's socket. */
    private static final class TcpProxy implements AutoCloseable {

        private final ServerSocket server = new ServerSocket(0, 50,
                InetAddress.getLoopbackAddress());

        TcpProxy(EngineAddress engine) throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!server.isClosed()) {
                    try {
                        Socket left = server.accept();
                        var right = SocketChannel
                                .open(UnixDomainSocketAddress.of(((EngineAddress.Unix) engine).path()));
                        Thread.ofVirtual().start(() -> copy(left, right, true));
                        Thread.ofVirtual().start(() -> copy(left, right, false));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
        }

        private static void copy(Socket left, SocketChannel right, boolean out) {
            try {
                if (out) {
                    left.getInputStream().transferTo(Channels.newOutputStream(right));
                } else {
                    Channels.newInputStream(right).transferTo(left.getOutputStream());
                    left.close();
                }
            } catch (IOException e) {
                // One side is gone; so is the connection.
                return;
            }
        }

        int port() {
            return ((InetSocketAddress) server.getLocalSocketAddress()).getPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
