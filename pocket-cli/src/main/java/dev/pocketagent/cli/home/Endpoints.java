package dev.pocketagent.cli.home;

import java.net.URI;
import java.util.Locale;
import java.util.Map;

/**
 * Where the services answer: on this machine by the suite's ports, or where {@code POCKET_REGISTRY_URL} and its siblings
 * point.
 */
public final class Endpoints {

    private final Map<String, String> env;
    private final int offset;

    public Endpoints(Map<String, String> env, int offset) {
        this.env = env;
        this.offset = offset;
    }

    /** The environment variable that says where a service is, by its short name. */
    public static String variable(String service) {
        return "POCKET_" + service.toUpperCase(Locale.ROOT) + "_URL";
    }

    /** @throws IllegalArgumentException when the variable holds no http address */
    public URI of(Part part) {
        String variable = variable(part.id());
        String given = env.getOrDefault(variable, "").strip();
        if (given.isEmpty()) {
            return URI.create("http://127.0.0.1:" + part.port(offset));
        }
        URI uri = URI.create(given);
        if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
            throw new IllegalArgumentException(
                    variable + " must be an http or https address, and is \"" + given + "\"");
        }
        return uri;
    }

    /** Health, metrics and OpenAPI of a service on this machine. */
    public URI management(Part part) {
        return URI.create("http://127.0.0.1:" + part.managementPort(offset));
    }
}
