package dev.pocketagent.router.gateway;

import java.util.function.Consumer;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import dev.pocketagent.kit.auth.KeyVerifier;
import dev.pocketagent.kit.auth.Scope;
import dev.pocketagent.router.openai.ApiError;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;

/** Finds out who calls. A known key costs no waiting; an unknown one is looked up while the request is held. */
@Singleton
class KeyGate {

    /** Calling a model costs money, so it counts as a change. */
    static final Scope CALL = Scope.writing("router");
    /** Listing what could be called. */
    static final Scope LIST = Scope.reading("router");

    private static final String BEARER = "Bearer ";

    private final KeyVerifier verifier;
    private final Vertx vertx;

    @Inject
    KeyGate(KeyVerifier verifier, Vertx vertx) {
        this.verifier = verifier;
        this.vertx = vertx;
    }

    /**
     * Calls back on the same event loop, at once when the key is known.
     *
     * @param needed {@link #CALL} or {@link #LIST}
     */
    void check(HttpServerRequest request, Scope needed, Consumer<Admission> then) {
        var header = request.getHeader("authorization");
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            then.accept(new Admission.Refused(ApiError.unauthenticated()));
            return;
        }
        var key = header.substring(BEARER.length()).strip();
        var profile = Admission.profileOf(key);
        var known = verifier.peek(key, request.remoteAddress());
        if (known != null) {
            then.accept(Admission.of(known, needed, profile));
            return;
        }
        // Not a byte of the body is read for a caller nobody knows.
        request.pause();
        var context = vertx.getOrCreateContext();
        verifier.verify(key, request.remoteAddress())
                .whenComplete((verdict, failure) -> context.runOnContext(ignored -> then.accept(
                        verdict == null
                                ? new Admission.Refused(ApiError.keyCheckUnavailable())
                                : Admission.of(verdict, needed, profile))));
    }
}
