package dev.pocketagent.cli.launch;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.Settings;

/**
 * What a service of a local suite is told, as a properties file that it reads at start. It holds names of secret files,
 * never a secret.
 *
 * @param properties by name
 * @param alsoDependsOn what else makes it start anew when it changes
 */
record ServiceSettings(SortedMap<String, String> properties, List<String> alsoDependsOn) {

    static ServiceSettings of(Part service, Home home, SuiteSecrets secrets, Settings settings,
            List<ModelProviders.Provider> providers) {
        int offset = settings.portOffset();
        SortedMap<String, String> map = new TreeMap<>();
        // Above the services' own application.properties (250), below environment variables (300).
        map.put("config_ordinal", "275");
        map.put("quarkus.http.host", "127.0.0.1");
        map.put("quarkus.http.port", Integer.toString(service.port(offset)));
        map.put("quarkus.management.host", "127.0.0.1");
        map.put("quarkus.management.port", Integer.toString(service.managementPort(offset)));
        map.put("quarkus.console.color", "false");
        map.put("quarkus.vertx.cache-directory", path(home.vertxCache(service)));
        map.put("pocket.home", path(home.root()));
        map.put("pocket.host", "127.0.0.1");
        map.put("pocket.db.url", Databases.url(Part.POSTGRES.port(offset), service.id()));
        map.put("pocket.db.user", service.id());
        map.put("pocket.db.password-file", path(secrets.databasePasswordFile(service)));
        map.put("pocket.kek-file", path(secrets.kekFile(service)));
        map.put("pocket.registry.url", "http://127.0.0.1:" + Part.REGISTRY.port(offset));
        // A suite on one's own machine reaches what is on that machine: a bare repository, an Ollama, a test server.
        map.put("pocket.outbound.allow-cidrs", "127.0.0.0/8,::1/128");
        map.put("pocket.outbound.allow-schemes", "https,http,ssh");
        map.put("pocket.outbound.allow-ports", "0");
        var also = new ArrayList<String>();
        switch (service) {
            case REGISTRY -> {
                map.put("pocket.registry.bootstrap.operator-key-file", path(home.operatorKey()));
                map.put("pocket.registry.bootstrap.service-keys-dir", path(secrets.serviceKeysDirectory()));
                map.put("pocket.registry.audit.heads-dir", path(home.auditHeads()));
            }
            case PROVISIONER -> map.put("pocket.provisioner.bundle-dir", path(home.bundles()));
            case ROUTER -> {
                var auto = new ArrayList<String>();
                for (ModelProviders.Provider provider : providers) {
                    String prefix = "pocket.router.providers." + provider.name() + ".";
                    map.put(prefix + "type", "openai-compatible");
                    map.put(prefix + "base-url", provider.baseUrl());
                    map.put(prefix + "models",
                            String.join(",", provider.models().stream().map(ModelProviders.Model::line).toList()));
                    provider.keyFile().ifPresent(file -> map.put(prefix + "api-key-file", path(file)));
                    provider.models().forEach(model -> auto.add(model.id()));
                    also.add(provider.name() + ModelProviders.fingerprint(provider));
                }
                auto.add("pocket/sandbox");
                map.put("pocket.router.auto", String.join(",", auto));
            }
            case SYNC -> {
                map.put("pocket.sync.store-dir", path(home.sync()));
                map.put("pocket.sync.public-url", "http://127.0.0.1:" + service.port(offset));
                map.put("pocket.sync.publish-root", path(home.published()));
                var roots = new ArrayList<>(List.of(path(home.demo())));
                settings.localRoots().forEach(root -> roots.add(path(Path.of(root))));
                map.put("pocket.sync.local-roots", String.join(",", roots));
                // The demo's own repository, and nothing else of this machine.
                map.put("pocket.sync.file-url-root", path(home.demo()));
            }
            case POSTGRES -> throw new IllegalArgumentException("PostgreSQL has settings of its own");
        }
        if (service != Part.REGISTRY) {
            map.put("pocket.service-key-file", path(secrets.serviceKeyFile(service)));
        }
        return new ServiceSettings(map, also);
    }

    /** In a list a comma ends an element, and "$" begins a reference: both are escaped. */
    private static String path(Path path) {
        return path.toString().replace("\\", "\\\\").replace(",", "\\,").replace("${", "\\${");
    }

    /** The properties file; the same settings give the same text. */
    String text() {
        var text = new StringBuilder("# Written by pocket at each start; changes here are lost.\n");
        for (Map.Entry<String, String> entry : properties.entrySet()) {
            text.append(entry.getKey()).append('=').append(escaped(entry.getValue())).append('\n');
        }
        return text.toString();
    }

    private static String escaped(String value) {
        var escaped = new StringBuilder();
        value.chars().forEach(c -> {
            if (c == '\\') {
                escaped.append("\\\\");
            } else if (c > 126) {
                escaped.append(String.format("\\u%04x", c));
            } else {
                escaped.append((char) c);
            }
        });
        return escaped.toString();
    }

    /** Tells two sets of settings apart. */
    String digest() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((text() + alsoDependsOn).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
