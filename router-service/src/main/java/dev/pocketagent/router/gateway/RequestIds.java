package dev.pocketagent.router.gateway;

import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;

/** The {@code x-request-id} of an exchange: the client's, when it is harmless, else a new one. */
final class RequestIds {

    private static final int MAX_LENGTH = 128;

    private RequestIds() {}

    static String of(@Nullable String header) {
        if (header != null && !header.isEmpty() && header.length() <= MAX_LENGTH
                && header.chars().allMatch(RequestIds::harmless)) {
            return header;
        }
        var random = ThreadLocalRandom.current();
        return "req_" + Long.toHexString(random.nextLong() | Long.MIN_VALUE)
                + Long.toHexString(random.nextLong() | Long.MIN_VALUE);
    }

    private static boolean harmless(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
                || c == ':';
    }
}
