package dev.pocketagent.cli.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.output.Progress;

/** The end of processes of a suite: services first, since they need PostgreSQL to end well; each within a bound, then by force. */
final class Stop {

    /** Above the ten seconds that a service gives to requests in flight. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Predicate<RunRecord> IS_POSTGRES = record -> Part.of(record.name()) == Part.POSTGRES;

    private Stop() {}

    /**
     * Ends all of these.
     *
     * @return those that ran until now
     */
    static List<Part> all(Home home, List<RunRecord> records, Progress progress) {
        var stopped = new ArrayList<Part>();
        stopped.addAll(together(home, records.stream().filter(IS_POSTGRES.negate()).toList(), progress));
        stopped.addAll(together(home, records.stream().filter(IS_POSTGRES).toList(), progress));
        return stopped;
    }

    /** Ends one service that is started again at once, so that its record may stay. */
    static void forRestart(RunRecord service) {
        Signals.stop(service.process(), "TERM", PATIENCE);
    }

    private static List<Part> together(Home home, List<RunRecord> records, Progress progress) {
        var stopped = new ArrayList<Part>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (RunRecord record : records) {
                if (record.process().isAlive()) {
                    stopped.add(Part.of(record.name()));
                }
                Progress.Row row = progress.row(record.name());
                threads.execute(() -> {
                    row.working("stopping");
                    row.done(one(home, record));
                });
            }
        }
        return stopped;
    }

    /** @return how it ended, for people */
    private static String one(Home home, RunRecord record) {
        Part part = Part.of(record.name());
        String how = part == Part.POSTGRES
                ? PostgresServer.stop(record.process())
                : Signals.stop(record.process(), "TERM", PATIENCE);
        if (record.process().isAlive()) {
            return "still runs as pid " + record.pid();
        }
        RunRecord.delete(home, part);
        return how;
    }
}
