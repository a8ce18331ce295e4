package dev.pocketagent.sync.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class FolderWatcherTest {

    private static final UUID ONE = new UUID(0, 1);
    private static final UUID TWO = new UUID(0, 2);

    @TempDir
    Path folder;
    private final List<UUID> told = new CopyOnWriteArrayList<>();
    private FolderWatcher watcher;

    @BeforeEach
    void start() throws Exception {
        watcher = new FolderWatcher(told::add, Duration.ofMillis(100), Duration.ofMillis(600));
        Files.createDirectories(folder.resolve("one/inner"));
        Files.createDirectories(folder.resolve("two"));
        watcher.watch(ONE, folder.resolve("one"));
        watcher.watch(TWO, folder.resolve("two"));
    }

    @AfterEach
    void stop() throws Exception {
        watcher.close();
    }

    @Test
    void aBurstIsToldOnce() throws Exception {
        // When
        for (int i = 0; i < 20; i++) {
            Files.writeString(folder.resolve("one/inner/a.md"), "edit " + i);
        }

        // Then
        await().atMost(Duration.ofSeconds(2)).until(() -> !told.isEmpty());
        Thread.sleep(300);
        assertThat(told).containsExactly(ONE);
    }

    @Test
    void aBurstThatNeverEndsIsToldAllTheSame() throws Exception {
        // When
        long end = System.nanoTime() + Duration.ofMillis(1500).toNanos();
        while (System.nanoTime() - end < 0) {
            Files.writeString(folder.resolve("two/a.md"), String.valueOf(System.nanoTime()));
            Thread.sleep(20);
        }

        // Then
        assertThat(told).hasSizeGreaterThanOrEqualTo(2).containsOnly(TWO);
    }

    @Test
    void aFolderMadeLaterIsWatchedToo() throws Exception {
        // Given
        Files.createDirectories(folder.resolve("one/new/deep"));
        await().atMost(Duration.ofSeconds(2)).until(() -> !told.isEmpty());
        Thread.sleep(200);
        told.clear();

        // When
        Files.writeString(folder.resolve("one/new/deep/a.md"), "x");

        // Then
        await().atMost(Duration.ofSeconds(2)).until(() -> told.contains(ONE));
    }

    @Test
    void thousandsOfChangesThatOverflowAreTold() throws Exception {
        // When
        for (int i = 0; i < 3000; i++) {
            Files.writeString(folder.resolve("one/f" + i), "x");
        }

        // Then
        await().atMost(Duration.ofSeconds(5)).until(() -> told.contains(ONE));
    }

    @Test
    void whatIsNotWatchedAnyMoreIsNotTold() throws Exception {
        // Given
        watcher.unwatch(ONE);

        // When
        Files.writeString(folder.resolve("one/a.md"), "x");
        Files.writeString(folder.resolve("two/a.md"), "x");

        // Then
        await().atMost(Duration.ofSeconds(2)).until(() -> told.contains(TWO));
        assertThat(told).doesNotContain(ONE);
        assertThat(watcher.watched()).containsExactly(TWO);
    }
}
