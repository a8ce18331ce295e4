package dev.pocketagent.router.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.router.openai.SseScanner.State;

class SseScannerTest {

    private static final String HELLO = "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\\\"lo \\\"usage\\\": {\"},\"finish_reason\":null}],\"usage\":null}\n\n";
    private static final String STOP = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private static final String USAGE = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":11,\"total_tokens\":18,\"prompt_tokens_details\":{\"cached_tokens\":3}}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    @Test
    void passesAStreamOnByteForByteAndReadsItsUsage() {
        // Given
        var stream = ": ping\n\n" + "event: x\nid: 1\nretry: 5\n" + HELLO + STOP + USAGE + DONE;

        // When
        var seen = new Seen(false, stream, 10_000);

        // Then
        assertThat(seen.text()).isEqualTo(stream);
        assertThat(seen.scanner.usage()).isEqualTo(new TokenUsage(7, 11));
        assertThat(seen.scanner.events()).isEqualTo(2);
        assertThat(seen.state).isEqualTo(State.DONE);
    }

    @Test
    void dropsTheUsageEventNobodyAskedFor() {
        // Given
        var stream = HELLO + STOP + USAGE + DONE;

        // When
        var seen = new Seen(true, stream, 10_000);

        // Then
        assertThat(seen.text()).isEqualTo(HELLO + STOP + DONE);
        assertThat(seen.scanner.usage()).isEqualTo(new TokenUsage(7, 11));
    }

    @Test
    void theLastUsageWins() {
        // Given
        var growing = "data: {\"choices\":[{\"delta\":{}}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}\n\n";

        // When
        var seen = new Seen(true, growing + USAGE + HELLO + DONE, 10_000);

        // Then
        assertThat(seen.scanner.usage()).isEqualTo(new TokenUsage(7, 11));
        assertThat(seen.text()).isEqualTo(growing + HELLO + DONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"prompt_tokens\":-1,\"completion_tokens\":1}", "{\"prompt_tokens\":1}",
            "{\"prompt_tokens\":1,\"completion_tokens\":99999999999999999999}",
            "{\"prompt_tokens\":1,\"completion_tokens\":\"2\"}", "{}",
            "{\"prompt_tokens\":1.5,\"completion_tokens\":1}"})
    void usageThatCanNotBeTrueCountsAsNone(String usage) {
        // Given
        var stream = HELLO + "data: {\"choices\":[],\"usage\":" + usage + "}\n\n" + DONE;

        // When
        var seen = new Seen(true, stream, 10_000);

        // Then
        assertThat(seen.scanner.usage()).isNull();
        assertThat(seen.scanner.estimatedOutputTokens()).isGreaterThanOrEqualTo(5); // 15 bytes of text
    }

    /** However the network cuts a stream, the client gets the same bytes and the books the same numbers. */
    @Test
    void chunkBordersChangeNothing() {
        var random = new Random(11);
        for (int round = 0; round < 5_000; round++) {
            // Given
            var plain = new StringBuilder();
            var expected = new StringBuilder();
            boolean drop = random.nextBoolean();
            int events = random.nextInt(8);
            var end = List.of("\n", "\r\n", "\r").get(random.nextInt(3));
            for (int i = 0; i < events; i++) {
                var event = random.nextInt(4) == 0 ? ": comment é" + end + end : lines(HELLO, end);
                plain.append(event);
                expected.append(event);
            }
            plain.append(lines(USAGE, end)).append(lines(DONE, end));
            expected.append(drop ? "" : lines(USAGE, end)).append(lines(DONE, end));

            // When
            var seen = new Seen(drop, plain.toString(), 1 + random.nextInt(60), random);

            // Then
            // With lone carriage returns the last one is only understood at the end, and gets a line feed of ours.
            assertThat(end.equals("\r") ? seen.text().replace("\n", "") : seen.text()).isEqualTo(expected.toString());
            assertThat(seen.scanner.usage()).isEqualTo(new TokenUsage(7, 11));
            assertThat(seen.complete).isTrue();
        }
    }

    @Test
    void neverHandsOnHalfAnEvent() {
        // Given
        var cut = HELLO + HELLO.substring(0, 40);

        // When
        var seen = new Seen(false, cut, 10_000);

        // Then
        assertThat(seen.text()).isEqualTo(HELLO);
        assertThat(seen.complete).isFalse();
        assertThat(seen.scanner.events()).isEqualTo(1);
    }

    @Test
    void addsTheDoneThatAFinishedStreamForgot() {
        // Given
        var stream = HELLO + STOP + USAGE.stripTrailing();

        // When
        var seen = new Seen(true, stream, 33);

        // Then
        assertThat(seen.complete).isTrue();
        assertThat(seen.text()).isEqualTo(HELLO + STOP + DONE);
        assertThat(seen.scanner.usage()).isEqualTo(new TokenUsage(7, 11));
    }

    @Test
    void aStreamWithoutAnyEndWasBrokenOff() {
        // Given
        var stream = HELLO;

        // When
        var seen = new Seen(true, stream, 33);

        // Then
        assertThat(seen.complete).isFalse();
    }

    @Test
    void keepsAnUpstreamsErrorEventToItself() {
        // Given
        var stream = HELLO + "data: {\"error\":{\"message\":\"secret host\"}}\n\n" + HELLO;

        // When
        var seen = new Seen(true, stream, 10_000);

        // Then
        assertThat(seen.state).isEqualTo(State.ERROR);
        assertThat(seen.text()).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>\n<body>502</body>\n\n", "data: nonsense\n\n", "data: {\"a\":1\n\n", "data: []\n\n",
            "data: {\"a\":\"\n\n", "data: {} {}\n\n", "hello: world\n\n"})
    void tellsGarbage(String garbage) {
        // Given
        var stream = HELLO + garbage + HELLO;

        // When
        var seen = new Seen(true, stream, 10_000);

        // Then
        assertThat(seen.state).isEqualTo(State.GARBAGE);
        assertThat(seen.text()).isEqualTo(HELLO);
    }

    @Test
    void givesUpOnAnEventBeyondAllBounds() {
        // Given
        var scanner = new SseScanner(true, 10_000);
        var out = new ByteArrayOutputStream();

        // When
        var state = State.OPEN;
        for (int i = 0; i < 20 && state == State.OPEN; i++) {
            state = scanner.feed(
                    "data: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".repeat(20).getBytes(StandardCharsets.US_ASCII),
                    out);
        }

        // Then
        assertThat(state).isEqualTo(State.GARBAGE);
        assertThat(out.size()).isZero();
    }

    @Test
    void joinsSeveralDataLines() {
        // Given
        var stream = "data: {\"choices\":[],\ndata:\"usage\":{\"prompt_tokens\":1,\ndata: \"completion_tokens\":2}}\n\n"
                + DONE;

        // When
        var seen = new Seen(false, stream, 7);

        // Then
        assertThat(seen.scanner.usage()).isEqualTo(new TokenUsage(1, 2));
        assertThat(seen.text()).isEqualTo(stream);
    }

    private static String lines(String event, String end) {
        return event.replace("\n", end);
    }

    /** A scanner fed with chunks of at most so many bytes. */
    private static final class Seen {

        private final SseScanner scanner;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final boolean complete;
        private State state = State.OPEN;

        Seen(boolean drop, String stream, int chunk) {
            this(drop, stream, chunk, null);
        }

        Seen(boolean drop, String stream, int chunk, Random random) {
            scanner = new SseScanner(drop, 100_000);
            var bytes = stream.getBytes(StandardCharsets.UTF_8);
            for (int at = 0; at < bytes.length;) {
                int to = Math.min(bytes.length, at + (random == null ? chunk : 1 + random.nextInt(chunk)));
                state = scanner.feed(Arrays.copyOfRange(bytes, at, to), out);
                at = to;
            }
            complete = scanner.finish(out);
        }

        String text() {
            return out.toString(StandardCharsets.UTF_8);
        }
    }
}
