package dev.pocketagent.router.gateway;

import java.time.Clock;
import java.util.function.Consumer;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import dev.pocketagent.router.catalog.Catalog;
import dev.pocketagent.router.catalog.Model;
import dev.pocketagent.router.openai.ApiError;
import dev.pocketagent.router.provider.Providers;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** {@code GET /v1/models} and {@code /v1/models/{id}}: what this key may use. Never asks a provider, so never hangs. */
@Singleton
class ModelsRoute {

    static final String PATH = "/v1/models";

    private final KeyGate keys;
    private final Catalog catalog;
    private final long startedSeconds;

    @Inject
    ModelsRoute(KeyGate keys, Providers providers, Clock clock) {
        this.keys = keys;
        this.catalog = providers.catalog();
        this.startedSeconds = clock.instant().getEpochSecond();
    }

    void list(HttpServerRequest request) {
        admitted(request, key -> {
            var data = new JsonArray();
            if (!catalog.autoOrder().isEmpty()) {
                data.add(auto());
            }
            catalog.models().stream().filter(key.models()::allows).forEach(model -> data.add(view(model)));
            answer(request, new JsonObject().put("object", "list").put("data", data));
        });
    }

    void one(HttpServerRequest request, String id) {
        admitted(request, key -> {
            var found = catalog.find(id).filter(key.models()::allows);
            if (Catalog.isAuto(id) && !catalog.autoOrder().isEmpty()) {
                answer(request, auto());
            } else if (found.isPresent()) {
                answer(request, view(found.get()));
            } else {
                Reply.error(request, ApiError.modelNotFound(id), key.profile());
            }
        });
    }

    private void admitted(HttpServerRequest request, Consumer<Admission.Granted> then) {
        request.response().putHeader("x-request-id", RequestIds.of(request.getHeader("x-request-id")));
        keys.check(request, KeyGate.LIST, admission -> {
            switch (admission) {
                case Admission.Refused(ApiError error) -> Reply.error(request, error);
                case Admission.Granted granted -> then.accept(granted);
            }
        });
    }

    private JsonObject auto() {
        long context = 0;
        for (var model : catalog.autoOrder()) {
            context = Math.max(context, model.contextWindow());
        }
        var view = head(Catalog.AUTO, "pocket");
        return context == 0 ? view : view.put("context_length", context);
    }

    private JsonObject view(Model model) {
        var view = head(model.id(), model.provider());
        if (model.contextWindow() > 0) {
            view.put("context_length", model.contextWindow());
        }
        return view.put("pocket",
                new JsonObject().put("inputMicrosPerMillion", model.price().inputMicrosPerMillion())
                        .put("outputMicrosPerMillion", model.price().outputMicrosPerMillion())
                        .put("sandbox", Catalog.SANDBOX.equals(model.id())));
    }

    private JsonObject head(String id, String owner) {
        return new JsonObject().put("id", id).put("object", "model").put("created", startedSeconds).put("owned_by",
                owner);
    }

    private static void answer(HttpServerRequest request, JsonObject body) {
        if (!request.response().closed()) {
            request.resume();
            request.response().putHeader("content-type", Reply.JSON).end(body.toBuffer());
        }
    }
}
