package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Shutdown;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.output.Progress;

/** One service as a process of its own: launched from what was built, and watched until it says that it is ready. */
public final class ServiceProcess {

    /** Names services, besides the router, that are run with the optimising compiler, as all of them are in containers. */
    public static final String OPTIMISE_VARIABLE = "POCKET_OPTIMISE";

    private static final Duration POLL = Duration.ofMillis(30);
    /** Once it answers, each question costs it work and a line in its log. */
    private static final Duration POLL_ANSWERING = Duration.ofMillis(120);
    private static final int SHOWN_LOG_LINES = 20;

    private final Cli cli;
    private final Home home;
    private final Part part;
    private final Path application;

    ServiceProcess(Cli cli, Part part) {
        this.cli = cli;
        this.home = cli.home();
        this.part = part;
        this.application = application(cli, part);
    }

    /** Where the build leaves a service. */
    static Path application(Cli cli, Part part) {
        return cli.installation().resolve(part.module()).resolve("target/quarkus-app");
    }

    /** @throws CliException when there is nothing to launch */
    void requireBuilt() {
        if (!Files.exists(application.resolve("quarkus-run.jar"))) {
            throw CliException.failed(part.module() + " is not built", "build it: pocket build");
        }
    }

    /**
     * Starts the process, and notes it in the state directory.
     *
     * @throws CliException when it ended at once
     */
    RunRecord launch(ServiceSettings settings, JavaCommand.Mode mode) throws IOException {
        Path file = home.run().resolve(part.id() + ".properties");
        SecretFiles.write(file, settings.text());
        Path log = home.log(part);
        LogFile.rotate(log);
        int offset = cli.settings().portOffset();
        Process process = Detached.start(
                JavaCommand.of(part, mode, optimised(), application, file,
                        home.run().resolve(part.id() + ".args")),
                application, log, Map.of());
        ProcessId id = ProcessId.running(process.pid()).orElseThrow(() -> new CliException(ExitCode.FAILED,
                part.module() + " ended at once", "the whole log: " + log, LogFile.tail(log, SHOWN_LOG_LINES)));
        var record = new RunRecord(part.id(), id.pid(), id.birth(), System.currentTimeMillis(), part.port(offset),
                part.managementPort(offset), settings.digest(), mode == JavaCommand.Mode.CACHED);
        record.write(home);
        return record;
    }

    private boolean optimised() {
        return List.of(cli.env().getOrDefault(OPTIMISE_VARIABLE, "").split("[, ]+")).contains(part.id());
    }

    /**
     * Waits until the service is ready, and tells what it waits for.
     *
     * @throws CliException with the end of its log, when it ended or took longer than the patience
     */
    void awaitReady(RunRecord record, Duration patience, Progress.Row row) {
        long deadline = System.nanoTime() + patience.toNanos();
        HttpClient http = cli.http();
        Path log = home.log(part);
        while (true) {
            Health health = Health.of(http, cli.endpoints().management(part));
            if (health.ready()) {
                return;
            }
            if (!record.process().isAlive()) {
                Shutdown.parkIfUnderWay();
                throw new CliException(ExitCode.FAILED, part.module() + " ended while it started",
                        "the whole log: pocket logs " + part.id(), LogFile.tail(log, SHOWN_LOG_LINES));
            }
            String waitsFor = String.join(", ", health.missing());
            if (System.nanoTime() > deadline) {
                throw new CliException(ExitCode.FAILED,
                        part.module() + " was not ready within " + patience.toSeconds() + " s"
                                + (waitsFor.isEmpty() ? "" : "; it waits for: " + waitsFor),
                        "the whole log: pocket logs " + part.id() + "; a slow machine may need --timeout",
                        LogFile.tail(log, SHOWN_LOG_LINES));
            }
            if (health.answers()) {
                row.working(waitsFor.isEmpty() ? "answering, not ready yet" : "waiting for: " + waitsFor);
            }
            try {
                Thread.sleep(health.answers() ? POLL_ANSWERING : POLL);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new CliException(ExitCode.INTERRUPTED, "interrupted", "");
            }
        }
    }
}
