package dev.pocketagent.sync.source;

import java.util.UUID;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

import org.jspecify.annotations.Nullable;

/** The bodies that make and change a source. */
final class SourceRequest {

    static final String NAME = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    static final String NAME_MESSAGE = "must have 1 to 63 of a-z, 0-9 and hyphens inside";

    private SourceRequest() {}

    /**
     * Credentials of a remote.
     *
     * @param username name to send; leave it out for a bare token
     * @param token password or access token; empty takes the credentials away
     */
    record Auth(
            @Nullable @Size(max = 200, message = "has at most 200 characters") @Pattern(regexp = "[^:\\p{Cc}]*", message = "must not hold ':' or control characters") String username,
            @NotNull(message = "is needed") @Size(max = 10_000, message = "has at most 10000 characters") @Pattern(regexp = "\\P{Cc}*", message = "must not hold control characters") String token) {

        @Override
        public String toString() {
            return "Auth[***]";
        }
    }

    /**
     * A new source.
     *
     * @param tenantId whose it is; a tenant's key may leave it out
     * @param name unique within the tenant
     * @param kind {@code git} or {@code local}
     * @param url address of the repository; https
     * @param path absolute path of a local directory below one that the operator opened
     * @param ref branch or tag; by default the remote's default branch
     * @param publishTo folder below the tenant's part of the publishing root
     * @param forge who sends the webhooks; by default guessed from the host
     * @param intervalSeconds how often it is looked at without a webhook
     */
    record Create(@Nullable UUID tenantId,
            @NotNull(message = "is needed") @Pattern(regexp = NAME, message = NAME_MESSAGE) String name,
            @NotNull(message = "is needed: git or local") @Pattern(regexp = "git|local", message = "must be git or local") String kind,
            @Nullable String url, @Nullable @Size(max = 4000, message = "has at most 4000 characters") String path,
            @Nullable String ref, @Nullable @Valid Auth auth, @Nullable String publishTo, @Nullable String forge,
            @Nullable @Min(value = 10, message = "is at least 10") @Max(value = 86400, message = "is at most 86400") Integer intervalSeconds) {}

    /**
     * A change of a source. What is left out stays as it is; an empty text takes {@code ref} or {@code publishTo} away.
     *
     * @param rotateWebhookSecret whether the webhook gets a new secret, which this answer shows once
     */
    record Change(@Nullable @Pattern(regexp = NAME, message = NAME_MESSAGE) String name, @Nullable String url,
            @Nullable @Size(max = 4000, message = "has at most 4000 characters") String path, @Nullable String ref,
            @Nullable @Valid Auth auth, @Nullable String publishTo, @Nullable String forge,
            @Nullable @Min(value = 10, message = "is at least 10") @Max(value = 86400, message = "is at most 86400") Integer intervalSeconds,
            @Nullable Boolean rotateWebhookSecret) {}
}
