package dev.pocketagent.router.gateway;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import dev.pocketagent.router.openai.ApiError;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;

/** Puts the data path in front of everything else: no filter, no security layer and no body handler runs before it. */
@Singleton
class Routes {

    private static final String CHAT = "/v1/chat/completions";

    private final ChatRoute chat;
    private final ModelsRoute models;

    @Inject
    Routes(ChatRoute chat, ModelsRoute models) {
        this.chat = chat;
        this.models = models;
    }

    void install(@Observes Router router) {
        router.route("/v1/*").order(Integer.MIN_VALUE).handler(exchange -> handle(exchange.request()));
    }

    private void handle(HttpServerRequest request) {
        var path = request.path();
        if (path.equals(CHAT)) {
            allowed(request, HttpMethod.POST, () -> chat.handle(request));
        } else if (path.equals(ModelsRoute.PATH)) {
            allowed(request, HttpMethod.GET, () -> models.list(request));
        } else if (path.startsWith(ModelsRoute.PATH + "/")) {
            // Ids hold slashes and colons; some clients encode them, some do not.
            var id = URLDecoder.decode(path.substring(ModelsRoute.PATH.length() + 1).replace("+", "%2B"),
                    StandardCharsets.UTF_8);
            allowed(request, HttpMethod.GET, () -> models.one(request, id));
        } else {
            Reply.error(request, ApiError.notFound(request.method().name(), path));
        }
    }

    private static void allowed(HttpServerRequest request, HttpMethod method, Runnable then) {
        if (request.method() == method) {
            then.run();
        } else {
            request.response().putHeader("allow", method.name());
            Reply.error(request, ApiError.methodNotAllowed(request.method().name(), request.path()));
        }
    }
}
