package dev.pocketagent.cli.launch;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.home.Part;

/**
 * How one part of a suite is, by its record, its process and its health.
 *
 * @param state {@code ready}, {@code starting}, {@code not ready}, {@code dead} or {@code stopped}
 * @param missing what it says it lacks
 */
public record PartStatus(Part part, String state, long pid, int port, int managementPort, long uptimeSeconds,
        long memoryMib, boolean aotCache, List<String> missing) {

    /** Every part of the suite, whether it runs or not; all are asked at once. */
    public static List<PartStatus> all(Cli cli) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<PartStatus>> asked = List.of(Part.values()).stream()
                    .map(part -> threads.submit(() -> of(cli, part))).toList();
            return asked.stream().map(PartStatus::answer).toList();
        }
    }

    private static PartStatus answer(Future<PartStatus> asked) {
        try {
            return asked.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.INTERRUPTED, "interrupted", "");
        }
    }

    private static PartStatus of(Cli cli, Part part) {
        int offset = cli.settings().portOffset();
        Optional<RunRecord> found = cli.home().exists() ? RunRecord.read(cli.home(), part) : Optional.empty();
        if (found.isEmpty()) {
            return new PartStatus(part, "stopped", 0, part.port(offset), part.managementPort(offset), 0, 0, false,
                    List.of());
        }
        RunRecord record = found.get();
        if (!record.process().isAlive()) {
            return new PartStatus(part, "dead", record.pid(), record.port(), record.managementPort(), 0, 0,
                    record.aotCache(), List.of());
        }
        Health health = part == Part.POSTGRES
                ? new Health(true, !Ports.isFree(record.port()), List.of())
                : Health.of(cli.http(), cli.endpoints().management(part));
        String state = health.ready() ? "ready" : health.answers() ? "not ready" : "starting";
        long uptime = Math.max(0, (System.currentTimeMillis() - record.startedAtMillis()) / 1000);
        return new PartStatus(part, state, record.pid(), record.port(), record.managementPort(), uptime,
                record.process().residentMib(), record.aotCache(), health.missing());
    }
}
