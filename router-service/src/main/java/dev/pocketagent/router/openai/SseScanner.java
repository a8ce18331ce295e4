package dev.pocketagent.router.openai;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * Follows an event stream through chunks that may be cut anywhere, hands whole events on byte for byte, and keeps what
 * the books need. An event is never handed on in part: when the upstream dies, what the client has is well formed.
 *
 * <p>For one stream and one thread at a time.
 */
public final class SseScanner {

    static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE_EVENT = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);

    /** How a stream stands. */
    public enum State {
        OPEN,
        /** {@code [DONE]} was seen; whatever follows is dropped. */
        DONE,
        /** The upstream sent an error event. It was not handed on. */
        ERROR,
        /** The upstream sent what is not an event stream of JSON objects, or an event beyond all bounds. */
        GARBAGE
    }

    private final boolean dropUsageEvent;
    private final int maxEventBytes;
    private final PayloadFacts facts = new PayloadFacts();

    private byte[] carry = new byte[0];
    private int carried;
    /** Where in {@link #carry} the line being read begins, and where reading goes on. */
    private int carriedLineStart;
    private int carriedPosition;
    private int dataFrom = -1;
    private int dataTo;
    private int dataLines;

    private State state = State.OPEN;
    private @Nullable TokenUsage usage;
    private boolean finished;
    private long events;
    private long generatedBytes;

    /**
     * @param dropUsageEvent drop the event that holds only usage, because the client did not ask for it
     * @param maxEventBytes largest event that is waited for
     */
    public SseScanner(boolean dropUsageEvent, int maxEventBytes) {
        this.dropUsageEvent = dropUsageEvent;
        this.maxEventBytes = maxEventBytes;
    }

    /**
     * Takes the next bytes and writes the events they complete.
     *
     * @return how the stream stands; after anything but {@link State#OPEN} further bytes are ignored
     */
    public State feed(byte[] chunk, ByteArrayOutputStream out) {
        if (state != State.OPEN) {
            return state;
        }
        byte[] bytes = chunk;
        int length = chunk.length;
        int lineStart = 0;
        int position = 0;
        if (carried > 0) {
            bytes = joined(chunk);
            length = carried + chunk.length;
            lineStart = carriedLineStart;
            position = carriedPosition;
        }
        int eventStart = 0;
        while (position < length) {
            byte b = bytes[position];
            if (b != '\n' && b != '\r') {
                position++;
                continue;
            }
            if (b == '\r' && position + 1 == length) {
                break; // whether a line feed belongs to it shows with the next chunk
            }
            int lineEnd = position;
            position += b == '\r' && bytes[position + 1] == '\n' ? 2 : 1;
            if (lineEnd > lineStart) {
                line(bytes, lineStart, lineEnd);
                if (state != State.OPEN) {
                    return state;
                }
            } else {
                if (event(bytes)) {
                    out.write(bytes, eventStart, position - eventStart);
                }
                eventStart = position;
                dataFrom = -1;
                dataLines = 0;
                if (state != State.OPEN) {
                    carried = 0;
                    return state;
                }
            }
            lineStart = position;
        }
        keep(bytes, eventStart, length, lineStart, position);
        if (carried > maxEventBytes) {
            state = State.GARBAGE;
        }
        return state;
    }

    /**
     * The upstream ended its answer. Adds the {@code [DONE]} that some servers forget after a finished answer.
     *
     * @return whether the answer is complete; if not, the stream was broken off
     */
    public boolean finish(ByteArrayOutputStream out) {
        if (state == State.OPEN && carried > 0) {
            // The last event may lack its blank line. A copy, because feeding grows what is carried.
            feed("\n\n".getBytes(StandardCharsets.US_ASCII), out);
        }
        if (state == State.OPEN && finished) {
            out.writeBytes(DONE_EVENT);
            state = State.DONE;
        }
        return state == State.DONE;
    }

    /** The last usage that was reported, null when none was. */
    public @Nullable TokenUsage usage() {
        return usage;
    }

    /** Number of data events seen, {@code [DONE]} and errors not counted. */
    public long events() {
        return events;
    }

    /** Estimated output so far: an event is one token at least, and longer ones count by their text. */
    public long estimatedOutputTokens() {
        return Math.max(events, TokenUsage.estimate(generatedBytes));
    }

    private void line(byte[] bytes, int from, int to) {
        if (to - from >= 5 && bytes[from] == 'd' && bytes[from + 1] == 'a' && bytes[from + 2] == 't'
                && bytes[from + 3] == 'a' && bytes[from + 4] == ':') {
            int value = from + 5;
            if (value < to && bytes[value] == ' ') {
                value++;
            }
            if (dataLines == 0) {
                dataFrom = value;
            }
            dataTo = to;
            dataLines++;
        } else if (bytes[from] != ':' && !field(bytes, from, to, "event") && !field(bytes, from, to, "id")
                && !field(bytes, from, to, "retry")) {
            state = State.GARBAGE; // an error page, most likely
        }
    }

    private static boolean field(byte[] bytes, int from, int to, String name) {
        if (to - from <= name.length() || bytes[from + name.length()] != ':') {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (bytes[from + i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Judges the event whose lines were read; returns whether to hand it on. */
    private boolean event(byte[] bytes) {
        if (dataLines == 0) {
            return true; // a comment, or a field of its own
        }
        byte[] payload = bytes;
        int from = dataFrom;
        int to = dataTo;
        if (dataLines > 1) {
            payload = withoutFieldNames(bytes, from, to);
            from = 0;
            to = payload.length;
        }
        if (isDone(payload, from, to)) {
            state = State.DONE;
            return true;
        }
        facts.look(payload, from, to);
        if (!facts.wellFormed) {
            state = State.GARBAGE;
            return false;
        }
        if (facts.usage != null) {
            usage = facts.usage;
        }
        if (facts.error) {
            state = State.ERROR;
            return false;
        }
        if (facts.noChoices && facts.usage != null) {
            return !dropUsageEvent;
        }
        events++;
        finished |= facts.finished;
        generatedBytes += facts.generatedBytes;
        return true;
    }

    /** Several data lines are one payload, joined by line feeds. */
    private static byte[] withoutFieldNames(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1)
                .replaceAll("(\\r\\n|\\r|\\n)data: ?", "\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static boolean isDone(byte[] bytes, int from, int to) {
        int end = to;
        while (end > from && bytes[end - 1] == ' ') {
            end--;
        }
        return Arrays.equals(bytes, from, end, DONE, 0, DONE.length);
    }

    private byte[] joined(byte[] chunk) {
        if (carry.length < carried + chunk.length) {
            carry = Arrays.copyOf(carry, Math.max(carry.length * 2, carried + chunk.length));
        }
        System.arraycopy(chunk, 0, carry, carried, chunk.length);
        return carry;
    }

    private void keep(byte[] bytes, int eventStart, int length, int lineStart, int position) {
        carried = length - eventStart;
        if (carried == 0) {
            return;
        }
        if (carry.length < carried) {
            carry = new byte[Math.max(1024, carried)];
        }
        System.arraycopy(bytes, eventStart, carry, 0, carried);
        carriedLineStart = lineStart - eventStart;
        carriedPosition = position - eventStart;
        if (dataLines > 0) {
            dataFrom -= eventStart;
            dataTo -= eventStart;
        }
    }
}
