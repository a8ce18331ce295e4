package dev.pocketagent.kit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What every service can be told. A service's own settings are below {@code pocket.<service>}. */
@ConfigMapping(prefix = "pocket")
public interface KitConfig {

    /** File with the key-encryption key: 32 random bytes in base64. Without it no service starts. */
    Optional<Path> kekFile();

    /** File with this service's own {@code pocket_svc_} key, for calls to the registry. Read again when it was refused. */
    Optional<Path> serviceKeyFile();

    Db db();

    Registry registry();

    Auth auth();

    Events events();

    Outbound outbound();

    Bodies bodies();

    interface Db {
        /** The role that this service logs in with. */
        String user();

        /** File with its password; read again for every new connection. Wins over {@link #password()}. */
        Optional<Path> passwordFile();

        /** The password itself, for tests and a desk. */
        Optional<String> password();
    }

    interface Registry {
        /** Base address of registry-service. */
        @WithDefault("http://localhost:8081")
        String url();

        /** How long one call may take before it counts as failed. Long polls have their own limit. */
        @WithDefault("3s")
        Duration timeout();
    }

    interface Auth {
        /** How long an accepted key is believed without asking again. 0 asks every time. */
        @WithDefault("30s")
        Duration positiveTtl();

        /** How long a refused key is refused without asking again; bounds what guessing costs the registry. */
        @WithDefault("5s")
        Duration negativeTtl();

        /** How long accepted keys go on while the registry is away. Unknown keys get 503 meanwhile, never access. */
        @WithDefault("15m")
        Duration staleMax();

        /** How many keys are remembered at most. */
        @WithDefault("100000")
        int cacheSize();

        /**
         * How many keys that are not valid (mistyped, unknown, revoked, expired) may come from one client address a
         * minute, IPv6 by /64; beyond it unknown keys from there get 429 and nobody is asked, while keys in use go on. 0
         * allows any number. Behind a proxy all callers have one address unless {@code quarkus.http.proxy.*} is set.
         */
        @WithDefault("60")
        int failuresPerMinute();

        /** What the scopes of this service begin with, its {@code -service} left out. Follows the application's name. */
        @WithDefault("${quarkus.application.name}")
        String service();
    }

    interface Events {
        /** Whether this service follows the registry's feed. Off in the registry itself. */
        @WithDefault("true")
        boolean enabled();

        /** How long one long poll waits for news. */
        @WithDefault("25s")
        Duration pollWait();
    }

    interface Outbound {
        /** Private networks that tenants' addresses may reach all the same, e.g. {@code 10.1.0.0/16} of a model host. */
        Optional<List<String>> allowCidrs();

        /** Schemes that tenants' addresses may have. */
        @WithDefault("https,ssh")
        List<String> allowSchemes();

        /** Ports that tenants' addresses may have; 0 allows every port. */
        @WithDefault("443,22,8443")
        List<Integer> allowPorts();
    }

    /** How bodies of requests are received; the router's chat route has its own settings. */
    interface Bodies {
        /** Within what time the whole body must arrive; then 408. */
        @WithDefault("10s")
        Duration deadline();

        /** Largest body; above it 413. */
        @WithDefault("1M")
        MemorySize largest();

        /** Bodies that may be arriving at once. One sender gets a third of it at most, then 429; when all is used, 503. */
        @WithDefault("256")
        int receiving();

        /**
         * Bytes that all bodies may have until they are answered, shared out in the same way; an eighth of the heap unless
         * told, and twice the largest body at least.
         */
        Optional<MemorySize> held();

        /** What the paths begin with whose handlers receive their bodies themselves. */
        Optional<List<String>> except();
    }
}
