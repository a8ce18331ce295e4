package dev.pocketagent.registry.webhook;

import java.time.Duration;
import java.util.List;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How webhooks are delivered. Which addresses they may have is said by {@code pocket.outbound}. */
@ConfigMapping(prefix = "pocket.registry.webhooks")
public interface WebhookConfig {

    /** Whether this process delivers; false makes it answer the API only. */
    @WithDefault("true")
    boolean enabled();

    /** Webhooks that one tenant may have. */
    @WithDefault("10")
    int maxPerTenant();

    /** Webhooks that the platform itself may have. */
    @WithDefault("100")
    int maxOfPlatform();

    /** Longest time of one attempt, from the name's lookup to the answer's status. */
    @WithDefault("15s")
    Duration timeout();

    /**
     * Wait before each attempt; as many attempts as entries, then the delivery is dead. Waits are spread by a tenth. By
     * default the example of the specification: ten attempts in 75 hours.
     */
    @WithDefault("0s,5s,5m,30m,2h,5h,10h,14h,20h,24h")
    List<Duration> schedule();

    /** Longest wait that an endpoint's {@code Retry-After} is believed. */
    @WithDefault("24h")
    Duration longestRetryAfter();

    /** Attempts that this process makes at once. */
    @WithDefault("64")
    int concurrency();

    /** Attempts at once to one webhook, so that a slow one does not take all places. */
    @WithDefault("4")
    int concurrencyPerWebhook();

    /** Silence after which an attempt counts as lost with its replica; at least twice the timeout. */
    @WithDefault("60s")
    Duration lease();

    /** How often the feed and the queue are looked at for what other replicas put there and for retries that are due. */
    @WithDefault("500ms")
    Duration poll();

    /** A webhook whose every attempt failed for so long is disabled. */
    @WithDefault("5d")
    Duration disableAfter();

    /** How long deliveries are kept after they are delivered or dead. */
    @WithDefault("30d")
    Duration keep();

    /** Most deliveries that one replay queues; the answer says how to go on. */
    @WithDefault("10000")
    int replayLimit();
}
