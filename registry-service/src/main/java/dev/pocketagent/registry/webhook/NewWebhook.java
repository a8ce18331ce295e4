package dev.pocketagent.registry.webhook;

import java.util.List;

import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.http.OneLine;

/**
 * A webhook to be made.
 *
 * @param url where events are posted to
 * @param events types, groups as {@code tenant.*}, or {@code *}
 * @param tenant id or slug: only events about this tenant. Operators only need it; a tenant's webhook is about itself
 */
@Schema(name = "NewWebhook", examples = """
        {"url":"https://hooks.example.com/pocket","events":["tenant.*","key.revoked"],"description":"billing"}""")
public record NewWebhook(
        @NotNull(message = "is needed") @Size(min = 1, max = MOST_URL, message = "must have 1 to 2000 characters") String url,
        @NotEmpty(message = "must have at least one entry") @Size(max = MOST_EVENTS, message = "must have at most 100 entries") List<@NotNull(message = "must not be null") String> events,
        @Nullable @Size(max = 100, message = "must have at most 100 characters") String tenant,
        @Nullable @Size(max = MOST_DESCRIPTION, message = "must have at most 200 characters") @Pattern(regexp = ONE_LINE, message = "must be one line") String description) {

    static final int MOST_URL = 2000;
    static final int MOST_EVENTS = 100;
    static final int MOST_DESCRIPTION = 200;
    static final String ONE_LINE = OneLine.REGEX;
}
