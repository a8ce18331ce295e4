package dev.pocketagent.registry.webhook;

import java.util.List;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What to change; what is left out stays.
 *
 * @param events instead of those before; counts for events from now on
 * @param description empty to clear it
 * @param enabled false gives up what is waiting; true begins anew, see the replay for what was missed
 */
@Schema(name = "WebhookChange", examples = "{\"events\":[\"*\"],\"enabled\":true}")
public record WebhookChange(
        @Nullable @Size(min = 1, max = NewWebhook.MOST_URL, message = "must have 1 to 2000 characters") String url,
        @Nullable @Size(min = 1, max = NewWebhook.MOST_EVENTS, message = "must have 1 to 100 entries") List<@NotNull(message = "must not be null") String> events,
        @Nullable @Size(max = NewWebhook.MOST_DESCRIPTION, message = "must have at most 200 characters") @Pattern(regexp = NewWebhook.ONE_LINE, message = "must be one line") String description,
        @Nullable Boolean enabled) {

    boolean isEmpty() {
        return url == null && events == null && description == null && enabled == null;
    }
}
