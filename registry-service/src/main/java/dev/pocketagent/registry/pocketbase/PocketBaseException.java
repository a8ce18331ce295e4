package dev.pocketagent.registry.pocketbase;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/** PocketBase did not do what was asked. The message says what to do about it, and holds no secret. */
final class PocketBaseException extends Exception {

    private final Trouble trouble;
    private final String message;
    private final Map<String, String> fields;
    private final @Nullable Duration retryAfter;

    PocketBaseException(Trouble trouble, String message) {
        this(trouble, message, Map.of(), null);
    }

    PocketBaseException(Trouble trouble, String message, Map<String, String> fields, @Nullable Duration retryAfter) {
        super(message, null, false, false);
        this.trouble = trouble;
        this.message = message;
        this.fields = Map.copyOf(fields);
        this.retryAfter = retryAfter;
    }

    @Override
    public String getMessage() {
        return message;
    }

    Trouble trouble() {
        return trouble;
    }

    /** What PocketBase says about single fields; empty unless it refused values. */
    Map<String, String> fields() {
        return new TreeMap<>(fields);
    }

    /** How long PocketBase asked us to wait; null when it did not. */
    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    /** Whether the same call may succeed a moment later. */
    boolean passing() {
        return switch (trouble) {
            case UNREACHABLE, TIMED_OUT, RATE_LIMITED, SERVER_ERROR -> true;
            default -> false;
        };
    }
}
