package dev.pocketagent.provisioner.policy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.backend.ServiceSpec.Probe;

/** How it is seen that a service works: Compose's {@code healthcheck}, and beside it {@code x-pocket-probe}, which needs no program inside. */
final class HealthRules {

    private HealthRules() {}

    /** Empty: the service has no health check, or one that was refused. */
    static Optional<Health> read(Place service) {
        Optional<Place> check = service.place("healthcheck");
        if (check.isEmpty()) {
            return Optional.empty();
        }
        Place below = check.get();
        below.only("test", "interval", "timeout", "retries", "start_period");
        List<String> test = below.texts("test", false);
        List<String> command = switch (test.isEmpty() ? "" : test.getFirst()) {
            case "CMD" -> test.subList(1, test.size());
            case "CMD-SHELL" -> test.size() == 2 ? List.of("/bin/sh", "-c", test.get(1)) : List.of();
            default -> List.of();
        };
        if (command.isEmpty()) {
            below.refuse(Rule.VALUE_INVALID, "test", "[CMD, program, ...] or [CMD-SHELL, text] is expected");
            return Optional.empty();
        }
        Probe probe = probe(service).orElse(new Probe.Exec(command));
        Duration interval = below.duration("interval").orElse(Duration.ofSeconds(10));
        Duration timeout = below.duration("timeout").orElse(Duration.ofSeconds(5));
        Duration startPeriod = below.duration("start_period").orElse(Duration.ZERO);
        if (interval.compareTo(Duration.ofSeconds(1)) < 0 || interval.compareTo(Duration.ofMinutes(10)) > 0
                || timeout.compareTo(Duration.ofMillis(100)) < 0 || timeout.compareTo(Duration.ofMinutes(1)) > 0
                || startPeriod.compareTo(Duration.ofMinutes(10)) > 0) {
            below.refuse(Rule.LIMIT_RANGE, "interval",
                    "interval 1s to 10m, timeout 100ms to 1m, start_period up to 10m");
        }
        int retries = below.whole("retries", 1, 60).orElse(3);
        return Optional.of(new Health(probe, command, interval, timeout, retries, startPeriod));
    }

    private static Optional<Probe> probe(Place service) {
        Optional<Place> given = service.place("x-pocket-probe");
        if (given.isEmpty()) {
            return Optional.empty();
        }
        given.get().only("http", "tcp");
        Optional<Place> http = given.get().place("http");
        return http.isPresent() ? http(http.get()) : given.get().place("tcp").flatMap(HealthRules::tcp);
    }

    private static Optional<Probe> http(Place http) {
        http.only("port", "path");
        Optional<Integer> port = http.whole("port", 1, 65_535);
        String path = http.text("path").orElse("/");
        if (!path.matches("/[\\x21-\\x7e]{0,500}")) {
            http.refuse(Rule.VALUE_INVALID, "path", "a URL path is expected");
        }
        return port.map(number -> new Probe.Http(number, path));
    }

    private static Optional<Probe> tcp(Place tcp) {
        tcp.only("port");
        return tcp.whole("port", 1, 65_535).map(Probe.Tcp::new);
    }
}
