package dev.pocketagent.sync.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.sync.revision.Blobs;
import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.Snapshot;

@Tag("slow")
class DirectoryPublisherTest {

    private static final Path TARGET = Path.of("tenant/agent");

    @TempDir
    Path folder;
    private final Map<String, byte[]> content = new HashMap<>();
    private final Blobs blobs = entry -> content.get(entry.blobId());
    private final MovedClock clock = new MovedClock();
    private DirectoryPublisher publisher;
    private Path target;

    @BeforeEach
    void start() {
        publisher = new DirectoryPublisher(folder, Duration.ofSeconds(60), clock);
        target = folder.resolve(TARGET);
    }

    @Test
    void aRevisionIsThereAsAWhole() throws Exception {
        // Given
        Snapshot snapshot = snapshot(Map.of("context/MISSION.md", "m", "skills/run.sh!", "#!/bin/sh"));

        // When
        boolean changed = publisher.publish(TARGET, id(1), snapshot, blobs, null);

        // Then
        assertThat(changed).isTrue();
        assertThat(Files.readSymbolicLink(target.resolve("current"))).isEqualTo(Path.of(id(1)));
        assertThat(target.resolve("current/context/MISSION.md")).hasContent("m");
        assertThat(Files.getPosixFilePermissions(target.resolve("current/skills/run.sh")))
                .contains(PosixFilePermission.OTHERS_EXECUTE);
        assertThat(Files.getPosixFilePermissions(target.resolve("current/context/MISSION.md")))
                .doesNotContain(PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.OWNER_WRITE);
        assertThat(publisher.publish(TARGET, id(1), snapshot, blobs, snapshot)).isFalse();
    }

    @Test
    void whatDidNotChangeIsLinkedAndNotWritten() throws Exception {
        // Given
        Snapshot first = snapshot(Map.of("same.md", "same", "other.md", "1", "mode.sh", "x"));
        Snapshot second = snapshot(Map.of("same.md", "same", "other.md", "2", "mode.sh!", "x"));
        publisher.publish(TARGET, id(1), first, blobs, null);

        // When
        publisher.publish(TARGET, id(2), second, blobs, first);

        // Then
        assertThat(inode(id(2) + "/same.md")).isEqualTo(inode(id(1) + "/same.md"));
        assertThat(inode(id(2) + "/mode.sh")).isNotEqualTo(inode(id(1) + "/mode.sh"));
        assertThat(target.resolve("current/other.md")).hasContent("2");
        assertThat(target.resolve(id(1)).resolve("other.md")).hasContent("1");
    }

    @Test
    void whatSomebodyEditedIsNotCarriedOn() throws Exception {
        // Given
        Snapshot first = snapshot(Map.of("a.md", "good", "b.md", "1"));
        publisher.publish(TARGET, id(1), first, blobs, null);
        Path edited = target.resolve("current/a.md");
        edited.toFile().setWritable(true);
        Files.writeString(edited, "evil");
        Files.setLastModifiedTime(edited, FileTime.from(clock.instant().plusSeconds(5)));

        // When
        publisher.publish(TARGET, id(2), snapshot(Map.of("a.md", "good", "b.md", "2")), blobs, first);

        // Then
        assertThat(target.resolve("current/a.md")).hasContent("good");
    }

    @Test
    void formerRevisionsStayForTheirTimeAndNotLonger() throws Exception {
        // Given
        publisher.publish(TARGET, id(1), snapshot(Map.of("a", "1")), blobs, null);
        clock.move(Duration.ofHours(5));
        publisher.publish(TARGET, id(2), snapshot(Map.of("a", "2")), blobs, null);

        // When
        clock.move(Duration.ofSeconds(59));
        publisher.retire(TARGET);
        boolean thereBefore = Files.exists(target.resolve(id(1)));
        clock.move(Duration.ofSeconds(2));
        publisher.retire(TARGET);

        // Then
        assertThat(thereBefore).isTrue();
        assertThat(target.resolve(id(1))).doesNotExist();
        assertThat(target.resolve("current/a")).hasContent("2");
    }

    @Test
    void whatOthersWroteIsNeverTouched() throws Exception {
        // Given
        publisher.publish(TARGET, id(1), snapshot(Map.of("a", "1")), blobs, null);
        Files.createDirectories(target.resolve("memory"));
        Files.writeString(target.resolve("memory/2026-11-21.md"), "the agent's own");
        Files.createDirectories(target.resolve(id(9)));
        Files.writeString(target.resolve(id(9)).resolve("x"), "not ours");

        // When
        clock.move(Duration.ofHours(1));
        publisher.publish(TARGET, id(2), snapshot(Map.of("a", "2")), blobs, null);
        assertThatThrownBy(() -> publisher.publish(TARGET, id(9), snapshot(Map.of("a", "9")), blobs, null))
                .isInstanceOf(PublishException.class);
        clock.move(Duration.ofHours(1));
        publisher.withdraw(TARGET);

        // Then
        assertThat(target.resolve("memory/2026-11-21.md")).hasContent("the agent's own");
        assertThat(target.resolve(id(9)).resolve("x")).hasContent("not ours");
        assertThat(target.resolve("current")).doesNotExist();
        assertThat(target.resolve(id(2))).doesNotExist();
        assertThat(target.resolve(".pocket-sync")).doesNotExist();
    }

    @Test
    void whatIsInTheWayIsNotReplaced() throws Exception {
        // Given
        Files.createDirectories(folder.resolve("tenant/file"));
        Files.writeString(folder.resolve("tenant/file/current"), "somebody's");
        Path outside = Files.createDirectories(folder.resolveSibling(folder.getFileName() + "-outside"));
        Files.createSymbolicLink(folder.resolve("tenant/link"), outside);

        // When / Then
        Snapshot snapshot = snapshot(Map.of("a", "1"));
        assertThatThrownBy(() -> publisher.publish(Path.of("tenant/file"), id(1), snapshot, blobs, null))
                .isInstanceOf(PublishException.class);
        assertThatThrownBy(() -> publisher.publish(Path.of("tenant/link/x"), id(1), snapshot, blobs, null))
                .isInstanceOf(PublishException.class);
        assertThatThrownBy(() -> publisher.publish(Path.of("../x"), id(1), snapshot, blobs, null))
                .isInstanceOf(PublishException.class);
        assertThatThrownBy(() -> publisher.publish(Path.of("/tmp/x"), id(1), snapshot, blobs, null))
                .isInstanceOf(PublishException.class);
        assertThat(folder.resolve("tenant/file/current")).hasContent("somebody's");
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void aCrashInTheMiddleLeavesNothingBehind() throws Exception {
        // Given
        Snapshot snapshot = snapshot(Map.of("a", "1", "b", "2"));
        Blobs dying = entry -> {
            if (entry.path().equals("b")) {
                throw new IOException("the power is gone");
            }
            return content.get(entry.blobId());
        };
        assertThatThrownBy(() -> publisher.publish(TARGET, id(1), snapshot, dying, null))
                .isInstanceOf(IOException.class);
        assertThat(target.resolve("current")).doesNotExist();

        // When
        publisher.publish(TARGET, id(1), snapshot, blobs, null);

        // Then
        try (Stream<Path> marks = Files.list(target.resolve(".pocket-sync"))) {
            assertThat(marks.map(path -> path.getFileName().toString())).containsExactly(id(1));
        }
        assertThat(target.resolve("current/b")).hasContent("2");
    }

    @Test
    void readersNeverSeeATornState() throws Exception {
        // Given
        int files = 40;
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong reads = new AtomicLong();
        List<String> torn = Collections.synchronizedList(new ArrayList<>());
        Snapshot former = numbered(0, files);
        publisher.publish(TARGET, id(0), former, blobs, null);
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(Thread.ofPlatform().start(() -> {
                while (!stop.get()) {
                    try {
                        Path home = target.resolve("current").toRealPath();
                        String seen = null;
                        for (int file = 0; file < files; file++) {
                            String text = Files.readString(home.resolve("d" + file % 7 + "/f" + file));
                            if (seen != null && !seen.equals(text)) {
                                torn.add(seen + " and " + text);
                            }
                            seen = text;
                            // through the link itself: any revision, but always a whole file
                            if (!Files.readString(target.resolve("current/d0/f0")).startsWith("revision ")) {
                                torn.add("half a file");
                            }
                        }
                        reads.incrementAndGet();
                    } catch (IOException gone) {
                        torn.add(gone.toString());
                    }
                }
            }));
        }

        // When
        for (int revision = 1; revision <= 60; revision++) {
            Snapshot next = numbered(revision, files);
            publisher.publish(TARGET, id(revision), next, blobs, former);
            former = next;
        }
        stop.set(true);
        for (Thread reader : readers) {
            reader.join();
        }

        // Then
        assertThat(torn).isEmpty();
        assertThat(reads.get()).isPositive();
    }

    private Snapshot numbered(int revision, int files) {
        Map<String, String> texts = new HashMap<>();
        for (int file = 0; file < files; file++) {
            texts.put("d" + file % 7 + "/f" + file, "revision " + revision);
        }
        return snapshot(texts);
    }

    /** A trailing {@code !} makes a file executable. */
    private Snapshot snapshot(Map<String, String> texts) {
        List<Entry> entries = new ArrayList<>();
        texts.forEach((path, text) -> {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            String blob = id(0x10000 + text.hashCode());
            content.put(blob, bytes);
            entries.add(new Entry(path.replace("!", ""), blob, path.endsWith("!"), bytes.length));
        });
        return new Snapshot(id(99), entries, List.of());
    }

    private static String id(int number) {
        return "%040x".formatted(number);
    }

    private Object inode(String path) throws IOException {
        return Files.getAttribute(target.resolve(path), "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }

    private static final class MovedClock extends Clock {

        private Duration moved = Duration.ZERO;

        void move(Duration by) {
            moved = moved.plus(by);
        }

        @Override
        public Instant instant() {
            return Instant.now().plus(moved);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
