package dev.pocketagent.provisioner.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

import org.junit.jupiter.api.Test;

class FramesTest {

    private static void frame(ByteArrayOutputStream out, int output, byte[] text) {
        out.writeBytes(ByteBuffer.allocate(8).put((byte) output).put(new byte[3]).putInt(text.length).array());
        out.writeBytes(text);
    }

    @Test
    void bothOutputsAreJoinedInOrderAndOnlyTheEndIsKept() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            // Given
            ByteArrayOutputStream wire = new ByteArrayOutputStream();
            StringBuilder all = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                String text = "x".repeat(random.nextInt(300)) + i;
                frame(wire, 1 + random.nextInt(2), text.getBytes(StandardCharsets.UTF_8));
                all.append(text);
            }
            int keep = 1 + random.nextInt(2000);

            // When
            byte[] joined = Frames.join(new ByteArrayInputStream(wire.toByteArray()), keep);

            // Then
            assertThat(new String(joined, StandardCharsets.UTF_8))
                    .isEqualTo(all.substring(Math.max(0, all.length() - keep)));
        }
    }

    @Test
    void aCutStreamGivesWhatCame() throws Exception {
        // Given
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        frame(wire, 1, "first".getBytes(StandardCharsets.UTF_8));
        wire.writeBytes(new byte[]{2, 0, 0, 0, 0, 0, 0, 100, 'c', 'u', 't'});

        // When
        byte[] joined = Frames.join(new ByteArrayInputStream(wire.toByteArray()), 100);

        // Then
        assertThat(new String(joined, StandardCharsets.UTF_8)).isEqualTo("firstcut");
    }

    @Test
    void whatIsNoFrameIsSaid() {
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(
                        () -> Frames.join(new ByteArrayInputStream("plain text".getBytes(StandardCharsets.UTF_8)), 100))
                .withMessageContaining("garbled");
    }
}
