package dev.pocketagent.router.provider;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.router.catalog.Model;
import dev.pocketagent.router.openai.ChatRequest;

/**
 * One call to a provider.
 *
 * @param requestId passed on, so that a provider's log can be matched with ours
 * @param traceparent W3C trace context to pass on
 */
public record Ask(String requestId, @Nullable String traceparent, Model model, ChatRequest chat) {}
