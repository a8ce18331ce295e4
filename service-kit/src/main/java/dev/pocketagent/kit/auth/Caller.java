package dev.pocketagent.kit.auth;

import java.util.UUID;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;
import io.quarkus.security.identity.SecurityIdentity;
import io.vertx.core.net.SocketAddress;

/** Who made the present request, and whose things they may see. */
@RequestScoped
public class Caller {

    private final SecurityIdentity identity;

    @Inject
    Caller(SecurityIdentity identity) {
        this.identity = identity;
    }

    /**
     * Who is to answer for what a request costs us: its tenant, its key when that belongs to none, and without a key the
     * network that it comes from. Only to be compared and counted by.
     */
    public static Object payer(@Nullable SecurityIdentity identity, @Nullable SocketAddress client) {
        KeyInfo key = identity == null ? null : identity.getAttribute(ApiKeyMechanism.KEY_ATTRIBUTE);
        if (key == null) {
            return ClientNetwork.of(client);
        }
        UUID tenant = key.tenantId();
        return tenant == null ? key.keyId() : tenant;
    }

    /** Everything known of the key. */
    public KeyInfo key() {
        KeyInfo key = identity.getAttribute(ApiKeyMechanism.KEY_ATTRIBUTE);
        if (key == null) {
            throw new IllegalStateException("No key: is this route open to everybody?");
        }
        return key;
    }

    public UUID keyId() {
        return key().keyId();
    }

    /** One of {@link Roles}. */
    public String role() {
        return key().role();
    }

    /** Whether the key belongs to one tenant. */
    public boolean isTenantBound() {
        return key().tenantId() != null;
    }

    /** The tenant of a tenant or agent key; null for operator and service keys. */
    public @Nullable UUID tenantId() {
        return key().tenantId();
    }

    /**
     * The tenant that a request is about: a tenant's key always means its own, an operator's must name one.
     *
     * @throws ProblemException 404 for somebody else's tenant, 400 when nobody is named
     */
    public UUID requireTenant(@Nullable UUID asked) {
        UUID own = tenantId();
        if (own == null) {
            if (asked == null) {
                throw ProblemException.invalid("/tenantId",
                        "is needed, because this key belongs to no tenant: name the tenant's id");
            }
            return asked;
        }
        if (asked != null && !asked.equals(own)) {
            throw ProblemException.notFound("tenant", asked);
        }
        return own;
    }

    /** Lets a tenant's key pass for its own tenant only; a 404 problem otherwise, as for what does not exist. */
    public void mustSee(UUID tenantId) {
        UUID own = tenantId();
        if (own != null && !own.equals(tenantId)) {
            throw ProblemException.notFound("tenant", tenantId);
        }
    }
}
