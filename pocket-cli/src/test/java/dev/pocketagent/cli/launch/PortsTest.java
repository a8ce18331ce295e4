package dev.pocketagent.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.home.Part;

class PortsTest {

    @Test
    void shouldSeeAPortThatIsTakenOnAllAddresses() throws IOException {
        // Given
        try (var socket = new ServerSocket(0)) {
            // When
            boolean free = Ports.isFree(socket.getLocalPort());

            // Then
            assertThat(free).isFalse();
        }
    }

    @Test
    void shouldClaimAnOffsetOnlyOnceThoughNothingListensThereYet() {
        // When
        int first = Ports.claimOffset();
        int second = Ports.claimOffset();

        // Then
        assertThat(second).isNotEqualTo(first);
        assertThat(List.of(Part.values())).allMatch(part -> Ports.isFree(part.port(first)))
                .allMatch(part -> Ports.isFree(part.port(second)));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldNameWhoHoldsAPortAndWhatToDo() throws IOException {
        // Given
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // When
            CliException e = catchThrowableOfType(CliException.class,
                    () -> Ports.requireFree(List.of(socket.getLocalPort())));

            // Then
            assertThat(e.message())
                    .startsWith("port " + socket.getLocalPort() + " is taken by pid " + ProcessHandle.current().pid())
                    .contains("java");
            assertThat(e.cure()).contains("POCKET_PORT_OFFSET");
        }
    }

    @Test
    void shouldFindListenersOfExactlyThatPort() {
        // Given
        var table = List.of(
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
                "   0: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0",
                "   1: 0100007F:1F91 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0",
                "   2: 00000000:1F92 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0");

        // When
        var inodes = Ports.listening(table, 8081);

        // Then
        assertThat(inodes).containsExactly("111");
    }
}
