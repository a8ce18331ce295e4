package dev.pocketagent.testkit;

import static io.restassured.RestAssured.given;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Calls every route of a service under test, as its OpenAPI document has them, with a key that is to open none. */
public final class ClosedRoutes {

    private static final Set<String> METHODS = Set.of("get", "put", "post", "patch", "delete");

    private ClosedRoutes() {}

    /**
     * That each route of the control plane refuses each of these keys with 403.
     *
     * @param openApi where the document is, as JSON
     * @param atLeast so many routes there must be, so that an empty document proves nothing
     */
    public static void refuse(URL openApi, int atLeast, String... keys) throws IOException {
        for (String key : keys) {
            Map<String, Integer> answers = answers(openApi, key);
            var open = new TreeMap<>(answers);
            open.values().removeIf(status -> status == 403);
            if (answers.size() < atLeast || !open.isEmpty()) {
                throw new AssertionError("Not refused of " + answers.size() + " routes: " + open);
            }
        }
    }

    /**
     * The status of each route of the control plane ({@code /api/}), by {@code METHOD path}.
     *
     * @param openApi where the document is, as JSON
     */
    private static Map<String, Integer> answers(URL openApi, String key) throws IOException {
        Map<String, Integer> answers = new TreeMap<>();
        for (String route : routes(openApi)) {
            int space = route.indexOf(' ');
            var request = given().header("Authorization", "Bearer " + key).contentType("application/json");
            answers.put(route, (Set.of("POST", "PATCH", "PUT").contains(route.substring(0, space))
                    ? request.body("{}")
                    : request).request(route.substring(0, space),
                            route.substring(space + 1).replaceAll("\\{[^}]*}", UUID.randomUUID().toString()))
                    .statusCode());
        }
        return answers;
    }

    private static Set<String> routes(URL openApi) throws IOException {
        JsonNode document;
        try (InputStream text = openApi.openStream()) {
            document = new ObjectMapper().readTree(text);
        }
        Set<String> routes = new TreeSet<>();
        document.path("paths").properties().stream().filter(path -> path.getKey().startsWith("/api/"))
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (METHODS.contains(method)) {
                        routes.add(method.toUpperCase() + " " + path.getKey());
                    }
                }));
        return routes;
    }
}
