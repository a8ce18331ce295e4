package dev.pocketagent.provisioner.compose;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.tree.Tree;

/**
 * Writes a specification as a Compose document in the subset that Compose V2, docker-compose 1.29 and podman-compose 1.0 take alike: no
 * {@code name}, no {@code configs}, limits by the short keys.
 *
 * <p>
 * Every dollar sign of a value is doubled, so that no tool puts something of the host in its place. The only interpolations are our own,
 * for secrets: {@code ${SERVICE_VARIABLE:?...}}, filled from an {@code .env} file that people write.
 *
 * <p>
 * Changing what {@link #service} returns changes every hash: the next apply of each stack then replaces its containers.
 */
public final class ComposeDocument {

    private ComposeDocument() {}

    public static Tree.Fields of(StackSpec spec) {
        Map<String, Tree> services = new LinkedHashMap<>();
        spec.services().forEach((name, service) -> services.put(name, service(service)));
        Map<String, Tree> networks = new LinkedHashMap<>();
        spec.networks().forEach((name, network) -> networks.put(name, network.internal()
                ? new Tree.Fields(Map.of("internal", Tree.flag(true)))
                : Tree.empty()));
        Map<String, Tree> volumes = new LinkedHashMap<>();
        spec.volumes().forEach((name, volume) -> volumes.put(name, Tree.empty()));

        Map<String, Tree> root = new LinkedHashMap<>();
        root.put("services", new Tree.Fields(services));
        root.put("networks", new Tree.Fields(networks));
        if (!volumes.isEmpty()) {
            root.put("volumes", new Tree.Fields(volumes));
        }
        return new Tree.Fields(root);
    }

    /** One service. */
    public static Tree.Fields service(ServiceSpec service) {
        Map<String, Tree> fields = new LinkedHashMap<>();
        fields.put("image", escaped(service.image()));
        if (!service.entrypoint().isEmpty()) {
            fields.put("entrypoint", escaped(service.entrypoint()));
        }
        if (!service.command().isEmpty()) {
            fields.put("command", escaped(service.command()));
        }
        Map<String, Tree> environment = new TreeMap<>();
        service.environment().forEach((key, value) -> environment.put(key, escaped(value)));
        service.secrets().keySet().forEach(key -> environment.put(key, Tree.text(reference(service.name(), key))));
        if (!environment.isEmpty()) {
            fields.put("environment", new Tree.Fields(environment));
        }
        fields.put("user", Tree.text(service.user().toString()));
        fields.put("init", Tree.flag(service.init()));
        fields.put("read_only", Tree.flag(service.readOnly()));
        fields.put("cap_drop", Tree.texts(List.of("ALL")));
        fields.put("security_opt", Tree.texts(List.of("no-new-privileges:true")));
        fields.put("cpus", new Tree.Num(BigDecimal.valueOf(service.limits().cpuMillis(), 3)));
        fields.put("mem_limit", Tree.text(service.limits().memoryMib() + "m"));
        fields.put("memswap_limit", Tree.text(service.limits().memoryMib() + "m"));
        fields.put("pids_limit", Tree.number(service.limits().pids()));
        fields.put("ulimits", fields("nofile", fields("soft", Tree.number(service.limits().openFiles()), "hard",
                Tree.number(service.limits().openFiles()))));
        fields.put("tmpfs", Tree.texts(service.tmpfs().stream()
                .map(t -> t.path() + ":size=" + t.sizeMib() + "m,mode=1777" + (t.exec() ? ",exec" : "")).toList()));
        if (!service.volumes().isEmpty()) {
            fields.put("volumes", Tree.texts(service.volumes().stream()
                    .map(m -> m.volume() + ":" + m.path() + (m.readOnly() ? ":ro" : "")).toList()));
        }
        fields.put("networks", Tree.texts(service.networks()));
        if (!service.publish().isEmpty()) {
            fields.put("ports", Tree.texts(service.publish().stream().map(port -> "127.0.0.1::" + port).toList()));
        }
        service.health().ifPresent(health -> {
            List<String> test = new ArrayList<>();
            test.add("CMD");
            test.addAll(health.test());
            fields.put("healthcheck", fields("test", escaped(test), "interval", duration(health.interval()), "timeout",
                    duration(health.timeout()), "retries", Tree.number(health.retries()), "start_period",
                    duration(health.startPeriod())));
        });
        if (!service.dependsOn().isEmpty()) {
            Map<String, Tree> needed = new LinkedHashMap<>();
            service.dependsOn().forEach((name, condition) -> needed.put(name,
                    fields("condition", Tree.text("service_" + condition.name().toLowerCase(Locale.ROOT)))));
            fields.put("depends_on", new Tree.Fields(needed));
        }
        int retries = service.restart().maximumRetries();
        fields.put("restart", Tree.text(retries == 0 ? "no" : "on-failure:" + retries));
        fields.put("stop_grace_period", duration(service.stopGrace()));
        fields.put("logging", fields("driver", Tree.text("json-file"), "options", fields("max-size",
                Tree.text(service.logs().maxSizeMib() + "m"), "max-file",
                Tree.text(String.valueOf(service.logs().maxFiles())))));
        if (!service.labels().isEmpty()) {
            Map<String, Tree> labels = new TreeMap<>();
            service.labels().forEach((key, value) -> labels.put(key, escaped(value)));
            fields.put("labels", new Tree.Fields(labels));
        }
        return new Tree.Fields(fields);
    }

    /** Name in the {@code .env} file of a secret that a service has in its environment. */
    public static String secretName(String service, String variable) {
        return service.toUpperCase(Locale.ROOT).replace('-', '_') + "_" + variable;
    }

    private static String reference(String service, String variable) {
        return "${" + secretName(service, variable) + ":?set it in .env}";
    }

    private static Tree escaped(String text) {
        return Tree.text(text.replace("$", "$$"));
    }

    private static Tree escaped(List<String> texts) {
        return Tree.texts(texts.stream().map(text -> text.replace("$", "$$")).toList());
    }

    private static Tree duration(Duration duration) {
        return Tree.text(duration.toMillisPart() == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms");
    }

    private static Tree.Fields fields(String key, Tree value) {
        return new Tree.Fields(Map.of(key, value));
    }

    private static Tree.Fields fields(String key1, Tree value1, String key2, Tree value2) {
        Map<String, Tree> fields = new LinkedHashMap<>();
        fields.put(key1, value1);
        fields.put(key2, value2);
        return new Tree.Fields(fields);
    }

    private static Tree.Fields fields(String key1, Tree value1, String key2, Tree value2, String key3, Tree value3,
            String key4, Tree value4,
            String key5, Tree value5) {
        Map<String, Tree> fields = new LinkedHashMap<>(fields(key1, value1, key2, value2).fields());
        fields.put(key3, value3);
        fields.put(key4, value4);
        fields.put(key5, value5);
        return new Tree.Fields(fields);
    }
}
