package dev.pocketagent.sync.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.sync.git.GitStore;
import dev.pocketagent.sync.git.GitStores;
import dev.pocketagent.sync.git.TestGit;
import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.RefusedException;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.revision.TreeCaps;
import dev.pocketagent.sync.revision.Warning;

@Tag("slow")
class FolderReaderTest {

    private static final TreeCaps CAPS = new TreeCaps(6000, 500, 5, 100_000, 50_000_000);

    @TempDir
    Path folder;
    private Path root;
    private GitStores stores;
    private GitStore store;
    private FolderReader reader;

    @BeforeEach
    void start() throws Exception {
        root = Files.createDirectories(folder.resolve("root/one"));
        stores = new GitStores(folder.resolve("stores"), 1_000_000);
        store = stores.open(new UUID(0, 1), new UUID(0, 2));
        reader = new FolderReader(CAPS, Clock.systemUTC());
    }

    @AfterEach
    void stop() {
        store.close();
        stores.close();
    }

    @Test
    void readsWhatGitWouldRead() throws Exception {
        // Given: names whose order by bytes and as folders differs
        TestGit git = TestGit.init(root);
        git.write("context/MISSION.md", "m").write("context.md", "c").write("context-old/x", "o")
                .write("skills/a/SKILL.md", "s")
                .write("skills/a/run.sh", "#!/bin/sh").write("ä.md", "ä");
        root.resolve("skills/a/run.sh").toFile().setExecutable(true);
        git.commit("all");

        // When
        Snapshot snapshot = reader.read(place(), store);

        // Then
        assertThat(snapshot.treeId()).isEqualTo(git.run("rev-parse", "HEAD^{tree}"));
        assertThat(store.inspect(snapshot.treeId(), CAPS)).isEqualTo(snapshot);
        assertThat(snapshot.find("skills/a/run.sh").orElseThrow().executable()).isTrue();
    }

    @Test
    void leavesOutLinksLogsGitAndSpecialFiles() throws Exception {
        // Given
        Files.writeString(root.resolve("a.md"), "a");
        Files.createDirectories(root.resolve(".git"));
        Files.writeString(root.resolve(".git/config"), "secret");
        Files.createDirectories(root.resolve("logs"));
        Files.writeString(root.resolve("logs/2026-11-21.md"), "the agent's");
        Files.createDirectories(root.resolve("deep/logs"));
        Files.writeString(root.resolve("deep/logs/kept.md"), "ours");
        Files.createDirectories(root.resolve("empty/inside"));
        Files.createSymbolicLink(root.resolve("passwd"), Path.of("/etc/passwd"));
        Files.createSymbolicLink(root.resolve("etc"), Path.of("/etc"));
        new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start().waitFor();
        Files.writeString(root.resolve("back\\slash"), "x");

        // When
        Snapshot snapshot = reader.read(place(), store);

        // Then
        assertThat(snapshot.entries()).extracting(Entry::path).containsExactly("a.md", "deep/logs/kept.md");
        assertThat(snapshot.warnings()).extracting(Warning::code, Warning::path).containsExactlyInAnyOrder(
                tuple("symlink-skipped", "passwd"), tuple("symlink-skipped", "etc"),
                tuple("special-file-skipped", "pipe"),
                tuple("name-skipped", ""));
    }

    @Test
    void seesEveryChangeAndNothingElse() throws Exception {
        // Given
        Files.writeString(root.resolve("a.md"), "one");
        Snapshot first = reader.read(place(), store);

        // When
        Snapshot same = reader.read(place(), store);
        Files.writeString(root.resolve("a.md"), "two");
        Snapshot edited = reader.read(place(), store);
        root.resolve("a.md").toFile().setExecutable(true);
        Snapshot executable = reader.read(place(), store);
        Files.move(root.resolve("a.md"), root.resolve("b.md"));
        Snapshot renamed = reader.read(place(), store);
        Files.delete(root.resolve("b.md"));
        Snapshot empty = reader.read(place(), store);

        // Then
        assertThat(same).isEqualTo(first);
        assertThat(List.of(first, edited, executable, renamed, empty)).extracting(Snapshot::treeId)
                .doesNotHaveDuplicates();
        assertThat(new String(store.bytes(edited.entries().getFirst()), StandardCharsets.UTF_8)).isEqualTo("two");
        assertThat(empty.entries()).isEmpty();
        assertThat(store.inspect(empty.treeId(), CAPS).entries()).isEmpty();
    }

    @Test
    void aChangeOfEqualLengthInTheSameMomentIsSeen() throws Exception {
        for (int round = 0; round < 10; round++) {
            // Given
            Files.writeString(root.resolve("a.md"), "round " + (100 + round));

            // When
            Snapshot snapshot = reader.read(place(), store);

            // Then
            assertThat(new String(store.bytes(snapshot.entries().getFirst()), StandardCharsets.UTF_8))
                    .isEqualTo("round " + (100 + round));
        }
    }

    @Test
    void neverReadsAHalfWrittenFile() throws Exception {
        // Given: somebody who writes in place, many pieces a file, each file of one letter only
        Path file = root.resolve("a.md");
        Files.writeString(file, "x".repeat(60_000));
        AtomicBoolean stop = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> {
            for (char letter = 'a'; !stop.get(); letter = letter == 'z' ? 'a' : (char) (letter + 1)) {
                try {
                    Files.writeString(file, String.valueOf(letter).repeat(60_000));
                    Thread.sleep(letter % 5 == 0 ? 400 : 3);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try {
            int whole = 0;
            for (int i = 0; i < 15; i++) {
                try {
                    // When
                    Snapshot snapshot = reader.read(place(), store);

                    // Then
                    String content = new String(store.bytes(snapshot.entries().getFirst()), StandardCharsets.UTF_8);
                    assertThat(content).hasSize(60_000);
                    assertThat(content.chars().distinct().count()).isEqualTo(1);
                    whole++;
                } catch (UnstableException busy) {
                    // said so instead of reading a mixture
                }
            }
            assertThat(whole).isPositive();
        } finally {
            stop.set(true);
            writer.join();
        }
    }

    @Test
    void aFolderExchangedForALinkLeadsNowhere() throws Exception {
        // Given
        Path secret = Files.createDirectories(folder.resolve("outside"));
        Files.writeString(secret.resolve("secret.md"), "secret");
        Files.createDirectories(root.resolve("inner"));
        LocalRoots.Place place = place();
        Files.delete(root.resolve("inner"));
        Files.delete(root);
        Files.createSymbolicLink(root, secret);

        // When / Then
        assertThatThrownBy(() -> reader.read(place, store)).isInstanceOf(IOException.class);
    }

    @Test
    void refusesWhatIsTooLarge() throws Exception {
        // Given
        Files.writeString(root.resolve("large"), "x".repeat(100_001));

        // When / Then
        assertThatThrownBy(() -> reader.read(place(), store)).isInstanceOfSatisfying(RefusedException.class,
                refused -> assertThat(refused.rule()).isEqualTo("file-too-large"));
    }

    @Test
    void onlyDirectoriesBelowARootAreFound() throws Exception {
        // Given
        LocalRoots roots = new LocalRoots(List.of(folder.resolve("root")));
        Files.createDirectories(folder.resolve("outside"));
        Files.createSymbolicLink(folder.resolve("root/link"), folder.resolve("outside"));
        Files.writeString(folder.resolve("root/file"), "x");

        // When / Then
        assertThat(roots.find(root.toString())).isPresent();
        assertThat(roots.find(folder.resolve("root").toString())).isPresent();
        assertThat(roots.find(folder.resolve("root/link").toString())).isEmpty();
        assertThat(roots.find(folder.resolve("root/file").toString())).isEmpty();
        assertThat(roots.find(folder.resolve("root/none").toString())).isEmpty();
        assertThat(roots.find(folder.resolve("outside").toString())).isEmpty();
        assertThat(roots.find(folder.resolve("root/one/../../outside").toString())).isEmpty();
        assertThat(roots.find("root/one")).isEmpty();
        assertThat(new LocalRoots(List.of()).find("/etc")).isEmpty();
    }

    private LocalRoots.Place place() {
        return new LocalRoots(List.of(folder.resolve("root"))).find(root.toString()).orElseThrow();
    }
}
