package dev.pocketagent.sync.git;

import static dev.pocketagent.sync.git.TestGit.entries;
import static dev.pocketagent.sync.git.TestGit.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.RefusedException;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.revision.TreeCaps;
import dev.pocketagent.sync.revision.Warning;

/** Trees that no honest git writes, fetched and judged. */
@Tag("slow")
class HostileTreeTest {

    private static final TreeCaps CAPS = new TreeCaps(200, 100, 5, 10_000, 50_000);

    @TempDir
    Path folder;
    private TestGit git;
    private GitStores stores;
    private GitStore store;

    @BeforeEach
    void start() throws Exception {
        git = TestGit.init(folder.resolve("repo"));
        stores = new GitStores(folder.resolve("stores"), 1_000_000);
        store = stores.open(new UUID(0, 1), new UUID(0, 2));
    }

    @AfterEach
    void stop() {
        store.close();
        stores.close();
    }

    @ParameterizedTest
    @CsvSource({"..,dot-name", ".,dot-name", ".git,git-folder", ".GIT,git-folder", "git~1,git-folder",
            ".git. ,git-folder",
            "../../etc/passwd,slash-in-name", "a/b,slash-in-name", "a\\b,backslash"})
    void aNameThatMeansAnotherPlaceIsRefused(String name, String rule) throws Exception {
        // Given
        String blob = git.blob("x");
        git.commitTree(git.rawTree(entry("100644", name.getBytes(StandardCharsets.UTF_8), blob)));

        // When / Then
        assertRefused(rule);
    }

    @Test
    void aControlCharacterIsRefused() throws Exception {
        // Given
        git.commitTree(git.rawTree(entry("100644", "new\nline".getBytes(StandardCharsets.UTF_8), git.blob("x"))));

        // When / Then
        assertRefused("control-character");
    }

    @Test
    void aHiddenGitFolderIsRefusedDeepInside() throws Exception {
        // Given: ".g<zero width non-joiner>it" is ".git" on HFS+
        String inner = git.rawTree(entry("100644", ".g\u200cit".getBytes(StandardCharsets.UTF_8), git.blob("x")));
        git.commitTree(git.rawTree(entry("40000", "skills".getBytes(StandardCharsets.UTF_8), inner)));

        // When / Then
        assertRefused("git-folder");
    }

    @Test
    void anEmptyNameIsRefused() throws Exception {
        // Given
        git.commitTree(git.rawTree(entry("100644", new byte[0], git.blob("x"))));

        // When / Then
        assertRefused("empty-name");
    }

    @Test
    void aNameThatIsNoUtf8IsRefused() throws Exception {
        // Given
        git.commitTree(git.rawTree(entry("100644", new byte[]{(byte) 0xff, (byte) 0xfe}, git.blob("x"))));

        // When / Then
        assertRefused("not-utf8");
    }

    @Test
    void namesThatDifferOnlyInCaseAreRefused() throws Exception {
        // Given
        String blob = git.blob("x");
        git.commitTree(git.rawTree(entries(entry("100644", "Skill.md".getBytes(StandardCharsets.UTF_8), blob),
                entry("100644", "skill.md".getBytes(StandardCharsets.UTF_8), blob))));

        // When / Then
        assertRefused("case-collision");
    }

    @Test
    void twoEntriesOfOneNameAreRefused() throws Exception {
        // Given
        String blob = git.blob("x");
        byte[] one = entry("100644", "a".getBytes(StandardCharsets.UTF_8), blob);
        git.commitTree(git.rawTree(entries(one, one)));

        // When / Then
        assertRefused("case-collision");
    }

    @Test
    void anEntryOfAnUnknownKindIsRefused() throws Exception {
        // Given
        git.commitTree(git.rawTree(entry("100000", "a".getBytes(StandardCharsets.UTF_8), git.blob("x"))));

        // When / Then
        assertRefused("malformed-tree");
    }

    @Test
    void entriesOutOfOrderAreRefused() throws Exception {
        // Given
        String blob = git.blob("x");
        git.commitTree(git.rawTree(entries(entry("100644", "b".getBytes(StandardCharsets.UTF_8), blob),
                entry("100644", "a".getBytes(StandardCharsets.UTF_8), blob))));

        // When / Then
        assertRefused("malformed-tree");
    }

    @Test
    void aTreeOfTenBillionPathsIsRefusedAtOnce() throws Exception {
        // Given: 10 levels of 10 times the same tree
        String level = git.rawTree(entry("100644", "leaf".getBytes(StandardCharsets.UTF_8), git.blob("x")));
        for (int depth = 0; depth < 10; depth++) {
            byte[][] entries = new byte[10][];
            for (int i = 0; i < 10; i++) {
                entries[i] = entry("40000", ("d" + i).getBytes(StandardCharsets.UTF_8), level);
            }
            level = git.rawTree(entries(entries));
        }
        git.commitTree(level);
        TreeCaps deep = new TreeCaps(20_000, 5_000, 32, 10_000, 1_000_000);
        Commit commit = fetch();

        // When
        long before = System.nanoTime();
        assertThatThrownBy(() -> store.inspect(commit.treeId(), deep)).isInstanceOfSatisfying(RefusedException.class,
                refused -> assertThat(refused.rule()).isEqualTo("too-many-folders"));

        // Then
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void theCapsHoldAtTheLimitAndOnePastIt() throws Exception {
        // Given
        for (int i = 0; i < 200; i++) {
            git.write("f" + i, "x");
        }
        git.commit("200 files");
        assertThat(store.inspect(fetch().treeId(), CAPS).entries()).hasSize(200);
        git.write("one-more", "x").commit("201 files");

        // When / Then
        assertRefused("too-many-files");
        git.run("rm", "-rq", ".");
        git.write("large", "x".repeat(10_000)).commit("at the limit");
        assertThat(store.inspect(fetch().treeId(), CAPS).entries()).hasSize(1);
        git.write("large", "x".repeat(10_001)).commit("past the limit");
        assertRefused("file-too-large");
        git.run("rm", "-rq", ".");
        git.write("a/b/c/d/e/f", "x").commit("five folders deep");
        assertThat(store.inspect(fetch().treeId(), CAPS).entries()).hasSize(1);
        git.write("a/b/c/d/e/f2/g", "x").commit("six folders deep");
        assertRefused("too-deep");
        git.run("rm", "-rq", ".");
        for (int i = 0; i < 6; i++) {
            git.write("t" + i, "x".repeat(9_000));
        }
        git.commit("54,000 bytes");
        assertRefused("tree-too-large");
    }

    @Test
    void linksAndSubmodulesAreLeftOutWithAWarning() throws Exception {
        // Given
        git.write("kept.md", "kept");
        Files.createSymbolicLink(git.folder().resolve("passwd"), Path.of("/etc/passwd"));
        String commit = git.commit("with a link");
        git.run("update-index", "--add", "--cacheinfo", "160000," + commit + ",module");
        git.run("commit", "-q", "-m", "with a submodule");

        // When
        Snapshot snapshot = store.inspect(fetch().treeId(), CAPS);

        // Then
        assertThat(snapshot.entries()).extracting(Entry::path).containsExactly("kept.md");
        assertThat(snapshot.warnings()).extracting(Warning::code, Warning::path).containsExactlyInAnyOrderElementsOf(
                List.of(tuple("symlink-skipped", "passwd"),
                        tuple("submodule-skipped", "module")));
    }

    private void assertRefused(String rule) throws Exception {
        Commit commit = fetch();
        assertThatThrownBy(() -> store.inspect(commit.treeId(), CAPS)).isInstanceOfSatisfying(RefusedException.class,
                refused -> assertThat(refused.rule()).isEqualTo(rule));
    }

    private Commit fetch() throws Exception {
        Remote remote = new Remote(RemoteUrl.parse("file://" + git.folder(), Set.of("file")), null, "main",
                RemoteTest.system(), address -> true,
                new FetchLimits(10_000_000, Duration.ofSeconds(20), Duration.ofSeconds(5)),
                new DiskRepositories(git.folder(), List.of()));
        return remote.fetch(store, remote.tip(store)).commit();
    }
}
