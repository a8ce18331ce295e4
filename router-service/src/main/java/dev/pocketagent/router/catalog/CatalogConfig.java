package dev.pocketagent.router.catalog;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Where models come from and what {@code pocket/auto} prefers. */
@ConfigMapping(prefix = "pocket.router")
public interface CatalogConfig {

    /** Providers by name. The built-in sandbox is there without being named. */
    Map<String, Provider> providers();

    /** Model names in the order {@code pocket/auto} tries them; default: every configured model. */
    Optional<List<String>> auto();

    /** The built-in model. */
    Sandbox sandbox();

    /** What a provider is. */
    enum Type {
        /** Speaks OpenAI's chat completions: OpenAI, Ollama, vLLM, OpenRouter, LiteLLM... */
        OPENAI_COMPATIBLE,
        /** The built-in sandbox under names of one's own, to try out order and prices. */
        SANDBOX
    }

    /** One provider. */
    interface Provider {
        @WithDefault("openai-compatible")
        Type type();

        /** Up to and without {@code /chat/completions}, e.g. {@code https://api.openai.com/v1}. */
        Optional<URI> baseUrl();

        /** File that holds the provider's key; none for a provider that asks for none. Read once, at start. */
        Optional<Path> apiKeyFile();

        /** {@code id:inputMicrosPerMillion:outputMicrosPerMillion[:contextWindow]}, comma-separated. */
        Optional<List<String>> models();

        /** Most connections to this provider, so also most requests it works on at once. */
        @WithDefault("512")
        int maxConnections();

        /** Most requests waiting for a connection; one more is answered 503. */
        @WithDefault("1024")
        int maxWaiting();

        /** Longest time to open a connection. */
        @WithDefault("3s")
        Duration connectTimeout();

        /** Longest wait for the first byte of a streamed answer; models that think first need much. */
        @WithDefault("120s")
        Duration firstByteTimeout();

        /** Longest silence within a streamed answer. */
        @WithDefault("60s")
        Duration idleTimeout();

        /** Longest time for a whole request, and the only limit for an answer that is not streamed. */
        @WithDefault("15m")
        Duration totalTimeout();

        /** How long an unused connection is kept; must be shorter than the provider keeps it. */
        @WithDefault("30s")
        Duration keepAlive();

        /** Failures in a row after which {@code pocket/auto} passes the provider over. */
        @WithDefault("3")
        int failuresToOpen();

        /** How long it is passed over. */
        @WithDefault("10s")
        Duration cooldown();
    }

    /** The built-in model. */
    interface Sandbox {
        /** Pause between two tokens of a streamed answer; 0 sends all at once. */
        @WithDefault("15ms")
        Duration tokenDelay();

        /** Whether {@code pocket/auto} may end at the sandbox. Off: no healthy model means 503. */
        @WithDefault("true")
        boolean inAuto();

        /** Price of the prompt, to try out budgets without paying anyone. */
        @WithDefault("0")
        long inputMicrosPerMillion();

        /** Price of the answer. */
        @WithDefault("0")
        long outputMicrosPerMillion();
    }
}
