package dev.pocketagent.router.provider;

import org.jspecify.annotations.Nullable;

/**
 * Receives what a provider says: one head, chunks, and an end; or at any point a failure instead of the rest. Nothing
 * comes after an end, a failure or {@link Call#cancel}.
 */
public interface Answer {

    /**
     * @param contentType as sent, null when missing
     * @param retryAfterSeconds 0 when not sent or not a number of seconds
     */
    void head(int status, @Nullable String contentType, int retryAfterSeconds);

    /** The bytes belong to the receiver. */
    void chunk(byte[] bytes);

    void end();

    void failed(Failure failure);
}
