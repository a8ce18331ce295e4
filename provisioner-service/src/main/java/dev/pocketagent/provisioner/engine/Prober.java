package dev.pocketagent.provisioner.engine;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.backend.ServiceSpec.Probe;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.api.Outcomes.Execution;
import dev.pocketagent.provisioner.engine.http.EngineAddress;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.EngineHttp;
import dev.pocketagent.provisioner.engine.http.Request;
import dev.pocketagent.provisioner.engine.http.Waiting;

/**
 * Asks a running container once whether it works. HTTP and TCP go straight to the container's address; where there is no way to it (a
 * rootless engine, or this service in a container of its own) the specification's test command is run inside instead.
 */
final class Prober {

    /** What one question brought. */
    sealed interface Answer {
        record Well() implements Answer {}

        /** @param reason for people: what was asked and what came */
        record Unwell(String reason) implements Answer {}
    }

    private static final int MAX_REMEMBERED = 10_000;
    private static final Pattern PATH = Pattern.compile("/[!-~]*");

    /** Containers whose address turned out to be out of reach. */
    private final Set<String> outOfReach = ConcurrentHashMap.newKeySet();

    /**
     * @param waiting its limit is the probe's timeout
     * @throws EngineException when the engine cannot be asked, which says nothing about the container, or the caller gave up
     */
    Answer ask(EngineClient client, Inspected inspected, Health health, Waiting waiting) throws EngineException {
        ContainerInfo container = inspected.info();
        String address = outOfReach.contains(container.id()) ? "" : inspected.address().orElse("");
        return switch (health.probe()) {
            case Probe.Exec exec -> run(client, container, exec.command(), waiting);
            case Probe.Http http -> http.port() < 1 || address.isEmpty()
                    ? inside(client, container, health, waiting, "it has no address")
                    : overHttp(client, container, health, address, http, waiting);
            case Probe.Tcp tcp -> tcp.port() < 1 || address.isEmpty()
                    ? inside(client, container, health, waiting, "it has no address")
                    : overTcp(client, container, health, address, tcp, waiting);
        };
    }

    private Answer overHttp(EngineClient client, ContainerInfo container, Health health, String address,
            Probe.Http probe, Waiting waiting)
            throws EngineException {
        String where = "http://" + address + ":" + probe.port() + probe.path();
        if (!PATH.matcher(probe.path()).matches()) {
            return new Answer.Unwell(where + " is no URL: the path begins with a slash and is percent-encoded");
        }
        try {
            int status = new EngineHttp(new EngineAddress.Tcp(address, probe.port())).exchange(
                    Request.get(probe.path()), waiting,
                    reply -> reply.status());
            return status >= 200 && status < 400 ? new Answer.Well() : new Answer.Unwell(where + " answered " + status);
        } catch (EngineException e) {
            return unreached(client, container, health, waiting, where, e);
        }
    }

    private Answer overTcp(EngineClient client, ContainerInfo container, Health health, String address, Probe.Tcp probe,
            Waiting waiting)
            throws EngineException {
        String where = address + ":" + probe.port();
        try {
            EngineHttp.knock(new EngineAddress.Tcp(address, probe.port()), waiting);
            return new Answer.Well();
        } catch (EngineException e) {
            return unreached(client, container, health, waiting, where, e);
        }
    }

    private Answer unreached(EngineClient client, ContainerInfo container, Health health, Waiting waiting, String where,
            EngineException e)
            throws EngineException {
        switch (e.kind()) {
            case ABANDONED -> throw e;
            case UNREACHABLE -> {
                // "Connection refused" came from the container: there is a way to it, but nobody listens yet.
                if (e.getMessage().toLowerCase(java.util.Locale.ROOT).contains("refused") || health.test().isEmpty()) {
                    return new Answer.Unwell(where + ": " + reason(e));
                }
                Answer answer = inside(client, container, health, waiting, reason(e));
                if (answer instanceof Answer.Well) {
                    if (outOfReach.size() >= MAX_REMEMBERED) {
                        outOfReach.clear();
                    }
                    outOfReach.add(container.id());
                }
                return answer;
            }
            default -> {
                return new Answer.Unwell(where + ": " + reason(e));
            }
        }
    }

    private static String reason(EngineException e) {
        // The address in front is in our own sentence already.
        return e.getMessage().replaceFirst("^tcp://\\S+: ", "");
    }

    private Answer inside(EngineClient client, ContainerInfo container, Health health, Waiting waiting, String why)
            throws EngineException {
        return health.test().isEmpty()
                ? new Answer.Unwell("it cannot be asked: " + why + ", and it has no test command")
                : run(client, container, health.test(), waiting);
    }

    private static Answer run(EngineClient client, ContainerInfo container, List<String> command, Waiting waiting)
            throws EngineException {
        try {
            Execution execution = client.containers().execute(container.id(), command, waiting);
            if (execution.exitCode() == 0) {
                return new Answer.Well();
            }
            String output = execution.output().strip().replaceAll("\\s+", " ");
            return new Answer.Unwell(command.getFirst() + " ended with " + execution.exitCode()
                    + (output.isEmpty()
                            ? ""
                            : ": " + (output.length() > 200 ? output.substring(0, 200) + "..." : output)));
        } catch (EngineException e) {
            return switch (e.kind()) {
                case TIMEOUT ->
                    new Answer.Unwell(command.getFirst() + " took longer than " + waiting.limit().toMillis() + " ms");
                // The container ended between our look and the question.
                case REFUSED -> new Answer.Unwell(e.getMessage());
                default -> throw e;
            };
        }
    }
}
