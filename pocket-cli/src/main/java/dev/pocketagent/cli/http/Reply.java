package dev.pocketagent.cli.http;

import java.net.http.HttpHeaders;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A successful answer.
 *
 * @param text the body as it came
 * @param body the same as JSON; a missing node when it is none
 */
public record Reply(int status, HttpHeaders headers, String text, JsonNode body) {

    /** The first value of a header; empty when there is none. */
    public String header(String name) {
        return headers.firstValue(name).orElse("");
    }
}
