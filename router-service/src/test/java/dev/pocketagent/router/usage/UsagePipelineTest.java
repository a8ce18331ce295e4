package dev.pocketagent.router.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsagePipelineTest {

    @TempDir
    Path root;

    private final MemoryStore store = new MemoryStore();

    @Test
    void storesRowsWithinTheInterval() throws IOException {
        // Given
        var pipeline = pipeline();

        // When
        for (int i = 0; i < 1_200; i++) {
            pipeline.add(UsageRows.row(i));
        }

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> store.rows.size() == 1_200);
        pipeline.close(1_000);
        assertThat(files()).isEmpty();
    }

    @Test
    @Tag("slow")
    void losesNothingFromManyThreads() throws Exception {
        // Given
        var pipeline = pipeline();
        var threads = new ArrayList<Thread>();

        // When
        for (int t = 0; t < 8; t++) {
            int from = t * 10_000;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 10_000; i++) {
                    pipeline.add(UsageRows.row(from + i));
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        pipeline.close(20_000);

        // Then
        assertThat(store.rows).hasSize(80_000);
        assertThat(files()).isEmpty();
    }

    @Test
    @Tag("slow")
    void keepsRowsOnDiskWhileTheStoreIsAwayAndStoresThemWhenItIsBack() throws IOException {
        // Given
        store.away = true;
        var pipeline = pipeline();
        for (int i = 0; i < 30_000; i++) {
            pipeline.add(UsageRows.row(i));
        }
        await().until(() -> pipeline.queuedRows() == 0);
        assertThat(pipeline.waitingRows()).as("memory is bounded").isLessThanOrEqualTo(22_000);
        assertThat(store.rows).isEmpty();

        // When
        store.away = false;

        // Then
        await().atMost(Duration.ofSeconds(15)).until(() -> store.rows.size() == 30_000);
        assertThat(pipeline.replayedRows()).isPositive();
        await().untilAsserted(() -> assertThat(pipeline.storedRows()).as("no row counts twice").isEqualTo(30_000));
        pipeline.close(1_000);
        assertThat(files()).isEmpty();
    }

    @Test
    void whatCouldNotBeStoredBeforeTheEndIsStoredByTheNextRun() throws IOException {
        // Given
        store.away = true;
        var first = pipeline();
        for (int i = 0; i < 700; i++) {
            first.add(UsageRows.row(i));
        }
        first.close(50);
        assertThat(files()).isNotEmpty();
        store.away = false;

        // When
        var second = pipeline();

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> store.rows.size() == 700);
        second.close(1_000);
        assertThat(files()).isEmpty();
    }

    @Test
    void setsARowAsideThatTheStoreRefusesAndStoresTheOthers() throws IOException {
        // Given
        store.refused = new UUID(123, 1);
        var pipeline = pipeline();

        // When
        for (int i = 0; i < 300; i++) {
            pipeline.add(UsageRows.row(i));
        }
        pipeline.close(5_000);

        // Then
        assertThat(store.rows).hasSize(299);
        assertThat(pipeline.rejectedRows()).isEqualTo(1);
        var rejected = root.resolve("rejected-" + UsageRows.TENANT + ".rows");
        assertThat(Files.readString(rejected)).contains(store.refused.toString());
    }

    @Test
    void whatWasSetAsideOfATenantGoesWithIt() throws IOException {
        // Given
        store.refused = new UUID(5, 1);
        var pipeline = pipeline();
        pipeline.add(UsageRows.row(5));
        await().until(() -> pipeline.rejectedRows() == 1);

        // When
        pipeline.forget(UUID.randomUUID());
        assertThat(root.resolve("rejected-" + UsageRows.TENANT + ".rows")).exists();
        pipeline.forget(UsageRows.TENANT);

        // Then
        pipeline.close(1_000);
        assertThat(files()).isEmpty();
    }

    @Test
    void saysWhenTooMuchWaits() throws IOException {
        // Given
        var pipeline = new UsagePipeline(UsageJournal.open(root, 1_000_000), store, 100, 500, 10);

        // When
        for (int i = 0; i < 10; i++) {
            pipeline.add(UsageRows.row(i));
        }

        // Then
        assertThat(pipeline.overloaded()).isTrue();
        pipeline.start();
        await().until(() -> !pipeline.overloaded());
        pipeline.close(1_000);
    }

    /** A process that books rows while its store is away is killed; every row older than 200 ms must come back. */
    @Test
    @Tag("slow")
    void aKilledProcessLosesAtMostTwoHundredMilliseconds(@TempDir Path outside) throws Exception {
        // Given
        var said = Files.createFile(outside.resolve("said.txt"));
        var process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-Xmx64m", "-cp",
                System.getProperty("java.class.path"), Victim.class.getName(), root.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD).redirectOutput(said.toFile()).start();
        await().atMost(Duration.ofSeconds(10)).until(() -> Files.size(said) > 20_000);
        process.destroyForcibly().waitFor();
        var booked = new HashMap<Long, Long>();
        for (var line : Files.readAllLines(said)) {
            var parts = line.split(" ");
            if (parts.length == 3 && parts[2].equals(".")) { // else cut by the kill
                booked.put(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
            }
        }

        // When
        var next = pipeline();
        next.close(10_000);

        // Then
        Files.delete(said);
        long last = booked.values().stream().mapToLong(Long::longValue).max().orElseThrow();
        var lost = booked.entrySet().stream().filter(row -> !store.rows.containsKey(new UUID(row.getKey(), 1)))
                .mapToLong(row -> last - row.getValue()).max().orElse(0);
        assertThat(store.rows).hasSizeGreaterThan(500);
        assertThat(lost).as("age in ms of the oldest lost row").isLessThanOrEqualTo(200);
        assertThat(files()).isEmpty();
    }

    /** Books a row about every millisecond and says so, until it is killed. */
    static final class Victim {
        public static void main(String[] args) throws Exception {
            var pipeline = new UsagePipeline(UsageJournal.open(Path.of(args[0]), 1_000_000),
                    rows -> new UsageStore.Outcome.Away(), 150, 500, 1_000_000);
            pipeline.start();
            for (long i = 1;; i++) {
                pipeline.add(UsageRows.row(i));
                System.out.println(i + " " + System.currentTimeMillis() + " .");
                System.out.flush();
                Thread.sleep(1);
            }
        }
    }

    private UsagePipeline pipeline() throws IOException {
        var pipeline = new UsagePipeline(UsageJournal.open(root, 200_000), store, 100, 500, 1_000_000);
        pipeline.start();
        return pipeline;
    }

    private List<Path> files() throws IOException {
        try (var all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    /** A store that keeps rows by id, as the database does. */
    private static final class MemoryStore implements UsageStore {

        private final Map<UUID, UsageRow> rows = new ConcurrentHashMap<>();
        private volatile boolean away;
        private volatile UUID refused = new UUID(-1, -1);

        @Override
        public Outcome insert(List<UsageRow> block) {
            if (away) {
                return new Outcome.Away();
            }
            if (block.stream().anyMatch(row -> row.id().equals(refused))) {
                return new Outcome.Rejected();
            }
            int added = 0;
            for (var row : block) {
                added += rows.put(row.id(), row) == null ? 1 : 0;
            }
            return new Outcome.Stored(added);
        }
    }
}
