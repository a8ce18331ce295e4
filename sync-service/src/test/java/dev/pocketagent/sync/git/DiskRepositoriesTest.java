package dev.pocketagent.sync.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.sync.git.RemoteException.Reason;

/** Which repositories of the disk a file URL reaches, with repositories that try to lead elsewhere. */
class DiskRepositoriesTest {

    @TempDir
    Path machine;
    private Path root;
    private TestGit secret;
    private String secretCommit;
    private DiskRepositories disk;

    @BeforeEach
    void aRepositoryInsideAndAnotherOneOutside() throws IOException {
        machine = machine.toRealPath();
        root = Files.createDirectories(machine.resolve("opened"));
        secret = TestGit.init(machine.resolve("home/secret"));
        secretCommit = secret.write("MISSION.md", "of somebody else").commit("secret");
        disk = new DiskRepositories(root, List.of(root.resolve("stores"), root.resolve("published")));
    }

    @Test
    void aWholeRepositoryBelowTheRootIsRead() throws Exception {
        // Given
        TestGit tree = TestGit.init(root.resolve("a/tree with blank"));
        String commit = tree.write("a.md", "a").commit("one");
        tree.run("clone", "-q", "--bare", "--no-hardlinks", ".", root.resolve("bare.git").toString());
        tree.run("pack-refs", "--all");

        // When / Then
        assertThat(disk.find(url(tree.folder()))).isEqualTo(tree.folder().resolve(".git"));
        assertThat(disk.find(url(root.resolve("bare.git")))).isEqualTo(root.resolve("bare.git"));
        assertThat(tip(root.resolve("bare.git"))).isEqualTo(commit);
        assertThat(tip(tree.folder())).isEqualTo(commit);
        assertThat(new DiskRepositories(root.resolve("bare.git"), List.of()).find(url(root.resolve("bare.git"))))
                .as("the root itself may be the repository").isEqualTo(root.resolve("bare.git"));
    }

    @Test
    void whatLiesElsewhereIsNotReached() throws Exception {
        // Given
        Files.createSymbolicLink(root.resolve("link"), secret.folder());
        Files.createSymbolicLink(machine.resolve("alias"), root);
        TestGit inside = TestGit.init(root.resolve("inside"));

        // When / Then
        assertRefused(Reason.OUTBOUND_REFUSED, "file://" + secret.folder());
        assertRefused(Reason.OUTBOUND_REFUSED, "file://" + machine.resolve("not/there"));
        assertRefused(Reason.OUTBOUND_REFUSED, "file://" + root + "/../home/secret");
        assertRefused(Reason.OUTBOUND_REFUSED, "file://" + root + "/inside/../inside");
        assertRefused(Reason.OUTBOUND_REFUSED, "file://" + root.resolve("link"));
        assertRefused(Reason.OUTBOUND_REFUSED, "file:///proc/self/root" + inside.folder());
        assertRefused(Reason.OUTBOUND_REFUSED, "file:///proc/self/root" + secret.folder());
        assertRefused(Reason.NOT_FOUND, "file://" + root.resolve("not-there"));
        assertRefused(Reason.NOT_FOUND, "file://" + root);
        assertThatThrownBy(() -> DiskRepositories.NONE.find(url(inside.folder())))
                .isInstanceOfSatisfying(RemoteException.class,
                        e -> assertThat(e.detail()).startsWith("File URLs are off"));
        assertThat(new DiskRepositories(machine.resolve("alias"), List.of())
                .find(url(machine.resolve("alias/inside"))))
                .as("the operator's own root may be reached by a link").isEqualTo(inside.folder().resolve(".git"));
    }

    @Test
    void whatIsKeptForTenantsIsNotReached() throws Exception {
        // Given
        try (GitStores stores = new GitStores(root.resolve("stores"), 1_000_000)) {
            stores.open(new UUID(0, 1), new UUID(0, 2)).close();
        }
        TestGit published = TestGit.init(root.resolve("published/tenant/agent/current"));
        published.write("a.md", "a").commit("one");

        // When / Then
        assertRefused(Reason.OUTBOUND_REFUSED,
                "file://" + root.resolve("stores/" + new UUID(0, 1) + "/" + new UUID(0, 2) + ".git"));
        assertRefused(Reason.OUTBOUND_REFUSED, "file://" + published.folder());
    }

    @Test
    void aRepositoryThatLeadsElsewhereIsRefused() throws Exception {
        // Given: as one could be made of plain files
        String git = secret.folder().resolve(".git").toString();

        // When / Then
        assertLeadsOut("commondir", skeleton("commondir").file("HEAD", "ref: refs/heads/main").file("commondir", git));
        assertLeadsOut("gitdir", skeleton("gitdir").file("gitdir", git));
        assertLeadsOut("alternates", skeleton("alternates").file("refs/heads/main", secretCommit)
                .file("objects/info/alternates", git + "/objects"));
        assertLeadsOut("link", skeleton("linked-objects").link("objects/pack/pack-1.pack",
                secret.folder().resolve("MISSION.md")));
        assertLeadsOut("link", skeleton("linked-refs").link("refs/heads/main",
                secret.folder().resolve(".git/refs/heads/main")));
        assertLeadsOut("includes", skeleton("include").file("config", "[Include]\n\tpath = " + git + "/config\n"));
        assertLeadsOut("includes", skeleton("include-if")
                .file("config", "[core]\n\tbare = true\n[includeIf \"gitdir:/\"]\n\tpath = ../../x\n"));
        assertLeadsOut("includes", skeleton("include-worktree")
                .file("config", "[extensions]\n\tworktreeConfig = true\n")
                .file("config.worktree", "[include]\n\tpath = ../x\n"));
        assertLeadsOut("cannot be read", skeleton("broken-config").file("config", "[core\n"));
        assertLeadsOut("no ref", skeleton("symref").file("refs/heads/main", "ref: refs/../../../home/secret"));
        assertLeadsOut(".git is a file", new Skeleton(Files.createDirectories(root.resolve("git-file")))
                .file(".git", "gitdir: " + git));
        assertLeadsOut(".git is a file", new Skeleton(Files.createDirectories(root.resolve("git-link")))
                .link(".git", secret.folder().resolve(".git")));
    }

    @Test
    void theNeighbourOfAFolderIsNotTakenInItsPlace() throws Exception {
        // Given: git would take <name>.git for <name>, and that one was not looked at
        Skeleton neighbour = skeleton("one.git").file("commondir", secret.folder().resolve(".git").toString());
        Skeleton broken = skeleton("one").file("HEAD", "nothing");

        // When / Then
        assertRefused(Reason.NOT_FOUND, "file://" + broken.folder());
        assertRefused(Reason.LEADS_OUT, "file://" + neighbour.folder());
    }

    /** What a repository is made of, at least. */
    private record Skeleton(Path folder) {

        Skeleton file(String name, String content) throws IOException {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.writeString(folder.resolve(name), content + "\n");
            return this;
        }

        Skeleton link(String name, Path target) throws IOException {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.createSymbolicLink(folder.resolve(name), target);
            return this;
        }
    }

    private Skeleton skeleton(String name) throws IOException {
        Path folder = root.resolve(name);
        Files.createDirectories(folder.resolve("objects/pack"));
        Files.createDirectories(folder.resolve("refs/heads"));
        return new Skeleton(folder).file("HEAD", "ref: refs/heads/main").file("config", "[core]\n\tbare = true\n");
    }

    private void assertLeadsOut(String why, Skeleton repository) {
        assertThatThrownBy(() -> tip(repository.folder())).isInstanceOfSatisfying(RemoteException.class, e -> {
            assertThat(e.reason()).as(e.detail()).isEqualTo(Reason.LEADS_OUT);
            assertThat(e.detail()).contains(why).doesNotContain(machine.toString());
        });
    }

    private void assertRefused(Reason reason, String url) {
        assertThatThrownBy(() -> disk.find(RemoteUrl.parse(url, Set.of("file"))))
                .isInstanceOfSatisfying(RemoteException.class, e -> {
                    assertThat(e.reason()).as(url + ": " + e.detail()).isEqualTo(reason);
                    assertThat(e.detail()).doesNotContain(machine.toString());
                });
    }

    /** The way that a fetch takes. */
    private String tip(Path repository) throws Exception {
        try (GitStores stores = new GitStores(machine.resolve("other-stores"), 1_000_000);
                GitStore store = stores.open(new UUID(0, 1), new UUID(0, 2))) {
            return new Remote(url(repository), null, null, RemoteTest.system(), address -> true,
                    new FetchLimits(1_000_000, Duration.ofSeconds(20), Duration.ofSeconds(5)), disk).tip(store)
                    .objectId();
        }
    }

    private static RemoteUrl url(Path folder) throws Exception {
        return RemoteUrl.parse(folder.toUri().toString().replaceFirst("^file:/+", "file:///"), Set.of("file"));
    }
}
