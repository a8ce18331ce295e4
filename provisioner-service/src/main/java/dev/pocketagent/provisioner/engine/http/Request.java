package dev.pocketagent.provisioner.engine.http;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What is asked.
 *
 * @param target path and query, percent-encoded
 */
public record Request(String method, String target, Body body) {

    public Request {
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c >= 0x7f) {
                throw new IllegalArgumentException("the request target is not percent-encoded");
            }
        }
    }

    public static Request get(String target) {
        return new Request("GET", target, new Body.None());
    }

    public static Request post(String target) {
        return new Request("POST", target, new Body.None());
    }

    public static Request post(String target, String json) {
        return new Request("POST", target, new Body.Bytes("application/json", json.getBytes(StandardCharsets.UTF_8)));
    }

    public static Request delete(String target) {
        return new Request("DELETE", target, new Body.None());
    }

    /** What goes along. */
    public sealed interface Body {
        record None() implements Body {}

        @SuppressWarnings("ArrayRecordComponent")
        record Bytes(String contentType, byte[] bytes) implements Body {}

        /** A file, sent in chunks as it is read. */
        record File(String contentType, Path path) implements Body {}
    }
}
