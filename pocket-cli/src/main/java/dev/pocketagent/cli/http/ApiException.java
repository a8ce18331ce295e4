package dev.pocketagent.cli.http;

import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.output.Json;

/** A service answered with an error: problem+json on the control plane, OpenAI's or Anthropic's shape on the data path. */
public final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int SHOWN_OF_FOREIGN_BODY = 300;

    private final String service;
    private final int status;
    private final transient JsonNode body;
    private final String text;
    private final String retryAfter;

    ApiException(String service, int status, String text, JsonNode body, String retryAfter) {
        super(service + " answered " + status);
        this.service = service;
        this.status = status;
        this.text = text;
        this.body = body;
        this.retryAfter = retryAfter;
    }

    /** Which service answered, by its short name. */
    public String service() {
        return service;
    }

    public int status() {
        return status;
    }

    /** The stable code, e.g. {@code not_found}; empty when the answer names none. */
    public String code() {
        return first("/code", "/error/code", "/error/type");
    }

    public String title() {
        String title = first("/title");
        return title.isEmpty() ? "The " + service + " service refused the request" : title;
    }

    public String detail() {
        String detail = first("/detail", "/error/message");
        return detail.isEmpty() && body.isMissingNode() && !text.isBlank()
                ? text.strip().substring(0, Math.min(text.strip().length(), SHOWN_OF_FOREIGN_BODY))
                : detail;
    }

    /** Seconds or date of {@code Retry-After}; empty when there is none. */
    public String retryAfter() {
        return retryAfter;
    }

    /** With it the request is found in the logs of every service that it passed; empty when there is none. */
    public String traceId() {
        return first("/traceId");
    }

    /** What is wrong with the input: JSON pointer and sentence. */
    public List<String> inputErrors() {
        var errors = new ArrayList<String>();
        for (JsonNode error : body.path("errors")) {
            String pointer = Json.text(error, "/pointer");
            errors.add((pointer.isEmpty() ? "" : pointer + ": ") + Json.text(error, "/detail"));
        }
        return errors;
    }

    private String first(String... pointers) {
        for (String pointer : pointers) {
            String found = Json.text(body, pointer);
            if (!found.isEmpty()) {
                return found;
            }
        }
        return "";
    }
}
