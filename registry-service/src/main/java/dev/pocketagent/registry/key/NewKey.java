package dev.pocketagent.registry.key;

import java.time.Instant;
import java.util.Set;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.http.OneLine;

/**
 * A key to be made.
 *
 * @param name what it is for, for people
 * @param role what it may do
 * @param scopes narrow the role to reading or writing at some of the services; none for all that the role may
 * @param expiresAt when it ends; when left out, as the key that it is made with, or never when an operator makes it
 */
@Schema(name = "NewKey", examples = """
        {"name":"laptop of Ada","role":"tenant-developer","scopes":["router:*","sync:read"],"expiresAt":"2027-11-21T00:00:00Z"}""")
public record NewKey(
        @NotBlank(message = "is needed") @Size(max = 100, message = "must have at most 100 characters") @Pattern(regexp = OneLine.REGEX, message = "must be one line") String name,
        @NotNull(message = "is needed") String role,
        @Nullable @Size(max = 20, message = "must have at most 20 entries") @Schema(description = "`<service>:read`, `<service>:write` or `<service>:*`, where the service is registry, provisioner, router or sync. For the role `service` also single tasks: `registry:verify` (check keys), `registry:follow` (events), `registry:reserve` (quotas).") Set<@NotNull String> scopes,
        @Nullable Instant expiresAt) {

    public NewKey {
        scopes = scopes == null ? null : Set.copyOf(scopes);
    }
}
