package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * A process that a reused pid cannot be mistaken for.
 *
 * @param pid process id
 * @param birth on Linux the boot and the start time in clock ticks, exact; elsewhere the start time in seconds
 */
record ProcessId(long pid, String birth) {

    private static final String SECONDS = "seconds:";

    /** The process that has this pid now; empty when none has, or only one that has ended and waits for its parent. */
    static Optional<ProcessId> running(long pid) {
        return birth(pid).map(birth -> new ProcessId(pid, birth));
    }

    /** Whether this very process still runs. */
    boolean isAlive() {
        return birth(pid).filter(this::isSameBirth).isPresent();
    }

    private boolean isSameBirth(String other) {
        if (birth.equals(other)) {
            return true;
        }
        // Derived from the boot time, which moves by a second when the clock is set.
        return birth.startsWith(SECONDS) && other.startsWith(SECONDS) && Math.abs(seconds(birth) - seconds(other)) <= 2;
    }

    private static long seconds(String birth) {
        return Long.parseLong(birth.substring(SECONDS.length()));
    }

    private static Optional<String> birth(long pid) {
        if (Files.isDirectory(Path.of("/proc/self"))) {
            try {
                Path stat = Path.of("/proc", Long.toString(pid), "stat");
                Optional<String> ticks = fromStat(Files.readString(stat));
                return ticks.isEmpty() ? ticks : Optional.of(bootId() + "/" + ticks.get());
            } catch (IOException _) {
                return Optional.empty();
            }
        }
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).flatMap(handle -> handle.info().startInstant())
                .map(Instant::getEpochSecond).map(seconds -> SECONDS + seconds);
    }

    /**
     * Start time in ticks since boot (field 22), unless the process is a zombie: in a container whose first process
     * collects no children, a killed service stays one for ever, and ProcessHandle calls it alive.
     */
    static Optional<String> fromStat(String stat) {
        // The name in parentheses may hold blanks and parentheses itself.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        boolean ended = fields[0].equals("Z") || fields[0].equals("X");
        return ended || fields.length < 20 ? Optional.empty() : Optional.of(fields[19]);
    }

    private static String bootId() throws IOException {
        Path file = Path.of("/proc/sys/kernel/random/boot_id");
        return Files.isReadable(file) ? Files.readString(file).strip() : "boot";
    }

    /** CPU time used so far in milliseconds, to the tick of 10; 0 where it cannot be read. */
    long cpuMillis() {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
            return 10 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12]));
        } catch (IOException _) {
            return 0;
        }
    }

    /** Memory in use, in MiB; 0 where it cannot be read. */
    long residentMib() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
                }
            }
        } catch (IOException _) {
            // not Linux, or just gone
        }
        return 0;
    }
}
