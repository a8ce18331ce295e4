package dev.pocketagent.provisioner.engine.api;

import java.time.Duration;

import dev.pocketagent.provisioner.engine.http.EngineAddress;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.EngineHttp;
import dev.pocketagent.provisioner.engine.http.Request;
import dev.pocketagent.provisioner.engine.http.Waiting;

/**
 * One engine, and what it has. Safe for many threads; every method here and below blocks its thread and throws {@link EngineException} for
 * whatever it does not return.
 */
public final class EngineClient {

    /** Podman on a busy machine takes seconds for its version, since it asks its runtime and conmon for theirs. */
    private static final Duration HELLO = Duration.ofSeconds(5);
    private static final Duration WHO = Duration.ofSeconds(15);

    private final EngineAddress address;
    private final EngineVersion version;
    private final Calls calls;
    private final Images images;
    private final Networks networks;
    private final Volumes volumes;
    private final Containers containers;

    private EngineClient(EngineAddress address, EngineVersion version, Calls calls) {
        this.address = address;
        this.version = version;
        this.calls = calls;
        this.images = new Images(calls);
        this.networks = new Networks(calls);
        this.volumes = new Volumes(calls);
        this.containers = new Containers(calls);
    }

    /** Asks who is there and agrees on the API version. Takes at most 20 s. */
    public static EngineClient connect(EngineAddress address, CallMeter meter) throws EngineException {
        EngineHttp http = new EngineHttp(address);
        Calls greeting = new Calls(http, EngineVersion.WANTED_API, meter);
        ping(greeting);
        EngineVersion version = EngineVersion
                .of(greeting.call("version", Request.get("/version"), Waiting.atMost(WHO), false).json());
        return new EngineClient(address, version, new Calls(http, version.apiVersion(), meter));
    }

    public EngineAddress address() {
        return address;
    }

    public EngineVersion version() {
        return version;
    }

    public Images images() {
        return images;
    }

    public Networks networks() {
        return networks;
    }

    public Volumes volumes() {
        return volumes;
    }

    public Containers containers() {
        return containers;
    }

    /** Whether somebody answers; takes at most 5 s. */
    public void ping() throws EngineException {
        ping(calls);
    }

    private static void ping(Calls calls) throws EngineException {
        calls.call("ping", Request.get("/_ping"), Waiting.atMost(HELLO), false).orThrow();
    }

    /** Slow on Podman (0.4 s): not for every request. */
    public HostInfo info() throws EngineException {
        return HostInfo.of(calls.get("info", "/info").json());
    }
}
