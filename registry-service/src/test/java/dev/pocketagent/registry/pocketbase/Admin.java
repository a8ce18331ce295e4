package dev.pocketagent.registry.pocketbase;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a person does in PocketBase's dashboard, over its REST API: the same for the real one and the fake. */
final class Admin {

    record Reply(int status, JsonNode body) {}

    private final String url;
    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String token;

    Admin(TestServer server) {
        this.url = server.url();
        Reply signedIn = call("POST", "/api/collections/_superusers/auth-with-password", null,
                Map.of("identity", TestServer.IDENTITY, "password", TestServer.PASSWORD));
        token = signedIn.body().path("token").asText();
    }

    Reply call(String method, String path, String withToken, Object body) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                    .header("Content-Type", "application/json").method(method, body == null
                            ? HttpRequest.BodyPublishers.noBody()
                            : HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)));
            if (withToken != null) {
                request.header("Authorization", withToken);
            }
            HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Reply(response.statusCode(),
                    response.body().length == 0 ? json.createObjectNode() : json.readTree(response.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private JsonNode must(String method, String path, Object body) {
        Reply reply = call(method, path, token, body);
        if (reply.status() / 100 != 2) {
            throw new IllegalStateException(method + " " + path + ": " + reply);
        }
        return reply.body();
    }

    String token() {
        return token;
    }

    /** Makes a collection as the guide describes it; guests may list what is active, as in many a customer portal. */
    void makeCollection(String name) {
        ObjectNode collection = json.createObjectNode().put("name", name).put("type", "base").put("listRule",
                "state = \"active\"");
        ArrayNode fields = collection.putArray("fields");
        fields.addObject().put("name", "slug").put("type", "text").put("required", true);
        fields.addObject().put("name", "state").put("type", "select").put("maxSelect", 1).putArray("values")
                .add("active").add("paused").add("gone");
        for (String text : List.of("name", "plan", "tenant_id", "last_error", "coolify_service_uuid", "note")) {
            fields.addObject().put("name", text).put("type", "text");
        }
        fields.addObject().put("name", "coolify_project_uuid").put("type", "text").put("max", 40);
        fields.addObject().put("name", "seats").put("type", "number");
        must("POST", "/api/collections", collection);
    }

    /** The id of a new record. */
    String add(String collection, Map<String, ?> fields) {
        return must("POST", "/api/collections/" + collection + "/records", fields).path("id").asText();
    }

    void change(String collection, String id, Map<String, ?> fields) {
        must("PATCH", "/api/collections/" + collection + "/records/" + id, fields);
    }

    void delete(String collection, String id) {
        must("DELETE", "/api/collections/" + collection + "/records/" + id, null);
    }

    JsonNode record(String collection, String id) {
        return must("GET", "/api/collections/" + collection + "/records/" + id, null);
    }

    List<JsonNode> records(String collection) {
        List<JsonNode> found = new ArrayList<>();
        must("GET", "/api/collections/" + collection + "/records?perPage=1000&sort=id", null).path("items")
                .forEach(found::add);
        return found;
    }

    void clear(String collection) {
        records(collection).forEach(record -> delete(collection, record.path("id").asText()));
    }

    /** A superuser's token that lasts so long. */
    String impersonation(int seconds) {
        String id = must("GET", "/api/collections/_superusers/records?perPage=1", null).path("items").path(0).path("id")
                .asText();
        return must("POST", "/api/collections/_superusers/impersonate/" + id, Map.of("duration", seconds)).path("token")
                .asText();
    }

    /** The token of an ordinary user, who is made when needed. */
    String userToken() {
        call("POST", "/api/collections/users/records", token, Map.of("email", "user@example.com", "password",
                "an ordinary user", "passwordConfirm", "an ordinary user"));
        return call("POST", "/api/collections/users/auth-with-password", null,
                Map.of("identity", "user@example.com", "password", "an ordinary user")).body().path("token").asText();
    }
}
