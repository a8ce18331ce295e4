package dev.pocketagent.provisioner.engine.api;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.EngineHttp;
import dev.pocketagent.provisioner.engine.http.Request;
import dev.pocketagent.provisioner.engine.http.Waiting;

/**
 * Makes calls in the agreed version of the API and has each of them counted. An error status is an answer like any other here: what it
 * means depends on the call. Safe for many threads.
 */
final class Calls {

    /** Of calls that the engine answers from what it knows. */
    static final Waiting QUICK = Waiting.atMost(Duration.ofSeconds(30));

    private final EngineHttp http;
    private final String apiVersion;
    private final CallMeter meter;

    /** @param apiVersion e.g. {@code 1.41} */
    Calls(EngineHttp http, String apiVersion, CallMeter meter) {
        this.http = http;
        this.apiVersion = apiVersion;
        this.meter = meter;
    }

    /** A path of the API in the agreed version. */
    String api(String path) {
        return "/v" + apiVersion + path;
    }

    Answer get(String operation, String path) throws EngineException {
        return call(operation, Request.get(api(path)), QUICK, false);
    }

    Answer post(String operation, String path, Waiting waiting) throws EngineException {
        return call(operation, Request.post(api(path)), waiting, true);
    }

    /** @param body may hold secrets and never shows up in an exception */
    Answer post(String operation, String path, ObjectNode body, Waiting waiting) throws EngineException {
        return call(operation, Request.post(api(path), body.toString()), waiting, true);
    }

    Answer delete(String operation, String path, Waiting waiting) throws EngineException {
        return call(operation, Request.delete(api(path)), waiting, true);
    }

    /**
     * One call whose answer is read whole.
     *
     * @param operation as the meter is told
     * @param mutates as the meter is told
     */
    Answer call(String operation, Request request, Waiting waiting, boolean mutates) throws EngineException {
        return stream(operation, request, waiting, mutates, Answer::of);
    }

    /** One call whose reply the reader takes in as it comes. */
    <T> T stream(String operation, Request request, Waiting waiting, boolean mutates, EngineHttp.Reader<T> reader)
            throws EngineException {
        long start = System.nanoTime();
        int[] status = new int[1];
        try {
            return http.exchange(request, waiting, reply -> {
                status[0] = reply.status();
                return reader.read(reply);
            });
        } finally {
            meter.called(operation, status[0], System.nanoTime() - start, mutates);
        }
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static void labels(ObjectNode body, Map<String, String> labels) {
        ObjectNode node = body.putObject("Labels");
        labels.forEach(node::put);
    }

    /** The query that keeps a list to what has a label with that value. */
    static String labelled(String label, String value) {
        ObjectNode filter = object();
        filter.putArray("label").add(label + "=" + value);
        return "filters=" + query(filter.toString());
    }

    static String query(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Image names have slashes, and the engines want them as they are. */
    static String path(String text) {
        return query(text).replace("%2F", "/").replace("%3A", ":").replace("%40", "@");
    }
}
