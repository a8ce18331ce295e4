package dev.pocketagent.bench.load;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CPU time and memory of a service and of its PostgreSQL, as Linux counts them. Elsewhere there is nothing to read, and
 * figures are left out.
 */
public final class Cpu {

    /** User and system time in /proc are in hundredths of a second on every Linux that we run on. */
    private static final long MILLIS_A_TICK = 10;

    private final long servicePid;
    private final long databasePid;

    /** @param databasePid the PostgreSQL server, parent of its sessions */
    public Cpu(long servicePid, long databasePid) {
        this.servicePid = servicePid;
        this.databasePid = databasePid;
    }

    /**
     * CPU time in milliseconds since a moment, or between two.
     *
     * @param known whether the machine tells
     */
    public record Spent(boolean known, long serviceMillis, long databaseMillis) {

        public Spent since(Spent before) {
            return new Spent(known && before.known, serviceMillis - before.serviceMillis,
                    databaseMillis - before.databaseMillis);
        }
    }

    /** All that was spent since the processes began. */
    public Spent now() {
        try {
            String[] service = stat(servicePid);
            // Sessions that have ended are in the server's own count of its children.
            String[] server = stat(databasePid);
            long database = ticks(server, 13, 14, 15, 16);
            try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
                for (Path each : processes) {
                    database += ofChild(each);
                }
            }
            return new Spent(true, ticks(service, 13, 14) * MILLIS_A_TICK, database * MILLIS_A_TICK);
        } catch (IOException _) {
            return new Spent(false, 0, 0);
        }
    }

    /** The most memory the service ever had, MiB; 0 where the machine does not tell. */
    public long servicePeakMib() {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(servicePid), "status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024).findFirst().orElse(0);
        } catch (IOException _) {
            return 0;
        }
    }

    private long ofChild(Path process) {
        try {
            String[] fields = stat(Long.parseLong(process.getFileName().toString()));
            return Long.parseLong(fields[3]) == databasePid ? ticks(fields, 13, 14) : 0;
        } catch (IOException _) {
            // It has ended meanwhile.
            return 0;
        }
    }

    /** Fields of /proc/pid/stat, numbered from 0; the name, which may hold blanks, is one. */
    private static String[] stat(long pid) throws IOException {
        String line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        return ("pid name " + line.substring(line.lastIndexOf(')') + 1).strip()).split(" ");
    }

    private static long ticks(String[] fields, int... which) {
        long sum = 0;
        for (int index : which) {
            sum += Long.parseLong(fields[index]);
        }
        return sum;
    }
}
