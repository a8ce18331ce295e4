package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeadFilesTest {

    private static final Instant AT = Instant.parse("2026-11-21T10:15:30.123456Z");
    private static final String NAME = "heads-20261121T101530.123456Z.jsonl";

    @TempDir
    Path home;
    private Path directory;
    private HeadFiles files;

    @BeforeEach
    void inADirectoryThatIsNotThereYet() {
        directory = home.resolve("heads");
        files = new HeadFiles(directory);
    }

    private static List<Head.Noted> heads(int count) {
        Random random = new Random(count);
        return IntStream.range(0, count).mapToObj(i -> {
            byte[] hash = new byte[Hash.BYTES];
            random.nextBytes(hash);
            return new Head.Noted(new UUID(random.nextLong(), random.nextLong()), new Head(i + 1, new Hash(hash)));
        }).toList();
    }

    private HeadFiles.Written write(Instant at, List<Head.Noted> heads) throws IOException {
        try (HeadFiles.Draft draft = files.draft(at)) {
            for (Head.Noted head : heads) {
                draft.add(head);
            }
            return draft.keep();
        }
    }

    private List<Head.Noted> read(String name) throws IOException, HeadFiles.DamagedException {
        List<Head.Noted> found = new ArrayList<>();
        files.read(name, found::add);
        return found;
    }

    @Test
    void whatIsWrittenIsRead() throws Exception {
        for (int count : List.of(0, 1, 5000)) {
            List<Head.Noted> heads = heads(count);
            HeadFiles.Written written = write(AT, heads);
            assertThat(written.file()).isEqualTo(NAME);
            assertThat(written.count()).isEqualTo(count);
            assertThat(read(NAME)).isEqualTo(heads);
        }
    }

    @Test
    void theHeaderSaysWhatFollows() throws Exception {
        HeadFiles.Written written = write(AT, heads(3));
        List<String> lines = Files.readAllLines(directory.resolve(NAME));
        assertThat(lines).hasSize(4);
        assertThat(lines.getFirst().strip())
                .isEqualTo(
                        "{\"at\":\"2026-11-21T10:15:30.123456Z\",\"count\":3,\"sha256\":\"" + written.sha256() + "\"}");
    }

    @Test
    void anythingChangedIsFound() throws Exception {
        write(AT, heads(20));
        Path file = directory.resolve(NAME);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            // Given
            byte[] changed = whole.clone();
            int place = random.nextInt(changed.length);
            changed[place] ^= (byte) (1 << random.nextInt(7));
            // The header's time is not covered; what it says of the lines is.
            boolean isTime = place >= "{\"at\":\"".length() && place < "{\"at\":\"2026-11-21T10:15:30.123456Z".length();
            if (isTime) {
                continue;
            }
            // When
            Files.write(file, changed);
            // Then
            assertThatThrownBy(() -> read(NAME)).as("byte %d", place).isInstanceOf(HeadFiles.DamagedException.class);
        }
    }

    @Test
    void aCutFileIsFound() throws Exception {
        write(AT, heads(20));
        Path file = directory.resolve(NAME);
        byte[] whole = Files.readAllBytes(file);
        for (int length : List.of(0, 1, 199, 200, 201, 2000, whole.length - 130, whole.length - 1)) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            Files.write(file, cut);
            assertThatThrownBy(() -> read(NAME)).as("%d bytes", length)
                    .isInstanceOf(HeadFiles.DamagedException.class);
        }
    }

    @Test
    void aFileThatWasNotFinishedIsNotThere() throws Exception {
        try (HeadFiles.Draft draft = files.draft(AT)) {
            draft.add(heads(1).getFirst());
        }
        assertThat(files.newestFirst()).isEmpty();
        try (var left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void theNewestFileIsFirstAndOtherFilesAreNotOurs() throws Exception {
        write(AT, heads(1));
        write(AT.plusNanos(1000), heads(2));
        write(AT.minusSeconds(86_400), heads(3));
        Files.writeString(directory.resolve("notes.txt"), "hello");
        assertThat(files.newestFirst()).containsExactly("heads-20261121T101530.123457Z.jsonl", NAME,
                "heads-20261120T101530.123456Z.jsonl");
        assertThat(new HeadFiles(home.resolve("nowhere")).newestFirst()).isEmpty();
    }

    @Test
    void aSetOfIdsKnowsWhatItHas() {
        Random random = new Random(7);
        UuidSet set = new UuidSet();
        List<UUID> ids = IntStream.range(0, 20_000).mapToObj(i -> new UUID(random.nextInt(3), random.nextLong()))
                .toList();
        assertThat(ids).allMatch(set::add);
        assertThat(ids).noneMatch(set::add);
        assertThat(set.add(new UUID(0, 0))).isTrue();
        assertThat(set.add(new UUID(0, 0))).isFalse();
    }
}
