package dev.pocketagent.kit.auth;

import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Set;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;

/** Turns {@code Authorization: Bearer pocket_...} into a security identity with one role, or with {@link Duties} instead. */
@ApplicationScoped
public class ApiKeyMechanism implements HttpAuthenticationMechanism {

    /** The attribute of the security identity that holds its {@link KeyInfo}. */
    static final String KEY_ATTRIBUTE = "pocket.key";

    private final KeyVerifier verifier;
    private final Scope reading;
    private final Scope writing;

    @Inject
    ApiKeyMechanism(KeyVerifier verifier, KitConfig config) {
        this.verifier = verifier;
        String service = config.auth().service().replaceFirst("-service$", "");
        this.reading = Scope.reading(service);
        this.writing = Scope.writing(service);
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext exchange, IdentityProviderManager unused) {
        String header = exchange.request().getHeader("Authorization");
        if (header == null) {
            return Uni.createFrom().nullItem();
        }
        if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return Uni.createFrom().failure(new AuthenticationFailedException());
        }
        String text = header.substring(7).strip();
        SocketAddress client = exchange.request().remoteAddress();
        Scope needed = needed(exchange.request().method());
        Verdict known = verifier.peek(text, client);
        if (known != null) {
            return identity(known, needed);
        }
        Context context = Vertx.currentContext();
        Uni<Verdict> answer = Uni.createFrom().completionStage(() -> verifier.verify(text, client));
        if (context != null) {
            answer = answer.emitOn(task -> context.runOnContext(ignored -> task.run()));
        }
        return answer.onItem().transformToUni(verdict -> identity(verdict, needed));
    }

    private Scope needed(HttpMethod method) {
        return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) ? reading : writing;
    }

    /** Scopes are looked at here and not in a filter: a route that asks who is calling cannot forget them. */
    private static Uni<SecurityIdentity> identity(Verdict verdict, Scope needed) {
        return switch (verdict) {
            case Verdict.Valid(KeyInfo key) -> {
                Set<String> roles = key.rolesFor(needed);
                yield roles.isEmpty()
                        ? Uni.createFrom()
                                .failure(new ProblemException(CommonProblem.FORBIDDEN, "This call needs the scope '"
                                        + needed.name() + "', which this key does not have. Use a key with it, or one"
                                        + " without scopes."))
                        : Uni.createFrom().item(QuarkusSecurityIdentity.builder()
                                .setPrincipal(new KeyPrincipal(key.keyId().toString()))
                                .addRoles(roles)
                                .addAttribute(KEY_ATTRIBUTE, key)
                                .build());
            }
            case Verdict.Invalid(String code) when code.equals(Verdict.Invalid.TENANT_SUSPENDED) -> Uni.createFrom()
                    .failure(new ProblemException(CommonProblem.TENANT_SUSPENDED,
                            "The operator has suspended this tenant. Its data is kept; ask the operator to resume it."));
            case Verdict.Invalid ignored -> Uni.createFrom().failure(new AuthenticationFailedException());
            case Verdict.Limited(Duration pause) -> Uni.createFrom().failure(new ProblemException(
                    CommonProblem.RATE_LIMITED,
                    "Too many keys that are not valid came from this address. Keys that were in use go on; retry with"
                            + " this one later.",
                    List.of(), pause));
            case Verdict.Unavailable ignored -> Uni.createFrom().failure(ProblemException
                    .unavailable("Keys cannot be checked now: the registry is away or starting.",
                            Duration.ofSeconds(2)));
        };
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext exchange) {
        return Uni.createFrom().item(new ChallengeData(401, "WWW-Authenticate", "Bearer realm=\"pocketagent\""));
    }

    @Override
    public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
        return Set.of();
    }

    private record KeyPrincipal(String getName) implements Principal {}
}
