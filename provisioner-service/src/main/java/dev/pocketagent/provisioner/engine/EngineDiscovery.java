package dev.pocketagent.provisioner.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.pocketagent.provisioner.engine.api.CallMeter;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.http.EngineAddress;
import dev.pocketagent.provisioner.engine.http.EngineException;

/**
 * Finds the engine: the configured address and nothing else, or else the first of the usual places that answers. Asked anew whenever the
 * last one found has gone away, so that an engine may be started or restarted at any time.
 */
public final class EngineDiscovery {

    private final Optional<String> configured;
    private final Map<String, String> environment;
    private final CallMeter meter;

    /** @param environment as of {@link System#getenv()}: DOCKER_HOST, CONTAINER_HOST and XDG_RUNTIME_DIR are looked at */
    public EngineDiscovery(Optional<String> configured, Map<String, String> environment, CallMeter meter) {
        this.configured = configured.filter(text -> !text.isBlank());
        this.environment = Map.copyOf(environment);
        this.meter = meter;
    }

    /** What came of looking. */
    public sealed interface Result {
        record Found(EngineClient client) implements Result {}

        /**
         * @param reason what was tried
         * @param cure what to do about it
         */
        record Missing(String reason, String cure) implements Result {}
    }

    /** Blocks for as long as the places take to answer, at most some seconds each; a missing socket costs nothing. */
    public Result find() {
        List<String> tried = new ArrayList<>();
        boolean denied = false;
        for (Map.Entry<String, String> place : places().entrySet()) {
            EngineAddress address;
            try {
                address = EngineAddress.parse(place.getKey());
            } catch (IllegalArgumentException e) {
                tried.add(place.getValue() + ": " + e.getMessage());
                continue;
            }
            try {
                return new Result.Found(EngineClient.connect(address, meter));
            } catch (EngineException e) {
                denied |= e.getMessage().contains("Permission denied");
                tried.add(place.getValue() + " " + e.getMessage());
            }
        }
        return new Result.Missing("no container engine answers (" + String.join("; ", tried) + ")", cure(denied));
    }

    private String cure(boolean denied) {
        if (denied) {
            return "let this user open the socket (for Docker: usermod -aG docker USER, then log in again), or name another one with "
                    + "pocket.provisioner.engine.socket";
        }
        if (configured.isPresent()) {
            return "start the engine behind pocket.provisioner.engine.socket, or take the setting away to look in the usual places";
        }
        return "start Docker, or Podman with \"podman system service --time 0\" (deploy/engine/setup-podman.sh installs and starts it on a "
                + "plain Debian), or name its socket with pocket.provisioner.engine.socket";
    }

    /** Address by what people know it as, in the order in which they are tried. */
    private Map<String, String> places() {
        Map<String, String> places = new LinkedHashMap<>();
        if (configured.isPresent()) {
            places.put(configured.get(), "pocket.provisioner.engine.socket");
            return places;
        }
        for (String variable : List.of("DOCKER_HOST", "CONTAINER_HOST")) {
            String value = environment.getOrDefault(variable, "");
            if (!value.isBlank()) {
                places.putIfAbsent(value, variable);
            }
        }
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        places.putIfAbsent("/var/run/docker.sock", "Docker");
        if (!runtime.isBlank()) {
            places.putIfAbsent(runtime + "/docker.sock", "rootless Docker");
        }
        places.putIfAbsent("/run/podman/podman.sock", "Podman");
        if (!runtime.isBlank()) {
            places.putIfAbsent(runtime + "/podman/podman.sock", "rootless Podman");
        }
        return places;
    }
}
