package dev.pocketagent.sync.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

import org.eclipse.jgit.lib.ObjectId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.sync.git.RemoteException.Reason;
import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.revision.TreeCaps;

/** Fetching from real repositories over HTTP. */
@Tag("slow")
class RemoteTest {

    private static final TreeCaps CAPS = new TreeCaps(1000, 500, 10, 1_000_000, 10_000_000);
    private static final FetchLimits LIMITS = new FetchLimits(50_000_000, Duration.ofSeconds(20),
            Duration.ofSeconds(5));

    @TempDir
    Path folder;
    private TestGit git;
    private GitHttpServer server;
    private GitStores stores;
    private GitStore store;

    @BeforeEach
    void start() throws Exception {
        git = TestGit.init(folder.resolve("repos/one"));
        server = new GitHttpServer(folder.resolve("repos"));
        stores = new GitStores(folder.resolve("stores"), 1_000_000);
        store = stores.open(new UUID(0, 1), new UUID(0, 2));
    }

    @AfterEach
    void stop() {
        store.close();
        stores.close();
        server.close();
    }

    @Test
    void readsWhatWasPushed() throws Exception {
        // Given
        git.write("context/MISSION.md", "Help people.").write("skills/run.sh", "#!/bin/sh\n");
        git.folder().resolve("skills/run.sh").toFile().setExecutable(true);
        String commit = git.commit("Initial context");
        Remote remote = remote(null, null);

        // When
        Remote.Fetched fetched = remote.fetch(store, remote.tip(store));

        // Then
        assertThat(fetched.commit().id()).isEqualTo(commit);
        assertThat(fetched.commit().subject()).isEqualTo("Initial context");
        assertThat(fetched.forced()).isFalse();
        assertThat(fetched.bytesReceived()).isPositive();
        Snapshot snapshot = store.inspect(fetched.commit().treeId(), CAPS);
        assertThat(snapshot.entries()).extracting(Entry::path, Entry::executable)
                .containsExactly(tuple("context/MISSION.md", false),
                        tuple("skills/run.sh", true));
        assertThat(new String(store.bytes(snapshot.entries().getFirst()), StandardCharsets.UTF_8))
                .isEqualTo("Help people.");
    }

    @Test
    void fetchesOnlyTheNewestCommitAtFirst() throws Exception {
        // Given
        String first = git.write("a.md", "1").commit("one");
        git.write("a.md", "2").commit("two");
        Remote remote = remote(null, null);

        // When
        remote.fetch(store, remote.tip(store));

        // Then
        assertThat(store.repository().getObjectDatabase().has(ObjectId.fromString(first))).isFalse();
    }

    @Test
    void tellsANormalPushFromAForcedOne() throws Exception {
        // Given
        git.write("a.md", "1").commit("one");
        git.write("a.md", "2").commit("two");
        Remote remote = remote(null, null);
        remote.fetch(store, remote.tip(store));
        git.write("a.md", "3").commit("three");
        String normal = git.write("a.md", "4").commit("four");

        // When
        Remote.Fetched pushed = remote.fetch(store, remote.tip(store));
        git.run("reset", "-q", "--hard", "HEAD~3");
        String rewritten = git.write("a.md", "other").commit("rewritten");
        Remote.Fetched forced = remote.fetch(store, remote.tip(store));

        // Then
        assertThat(pushed.commit().id()).isEqualTo(normal);
        assertThat(pushed.forced()).isFalse();
        assertThat(forced.commit().id()).isEqualTo(rewritten);
        assertThat(forced.forced()).isTrue();
    }

    @Test
    void followsTheBranchTagOrDefaultThatIsAskedFor() throws Exception {
        // Given
        String main = git.write("a.md", "main").commit("main");
        git.run("checkout", "-q", "-b", "other");
        String other = git.write("a.md", "other").commit("other");
        git.run("tag", "-a", "v1", "-m", "v1", main);
        git.run("checkout", "-q", "main");

        // When
        Remote.Tip byDefault = remote(null, null).tip(store);
        Remote.Tip branch = remote(null, "other").tip(store);
        Remote tagRemote = remote(null, "v1");
        Remote.Fetched tag = tagRemote.fetch(store, tagRemote.tip(store));

        // Then
        assertThat(byDefault).isEqualTo(new Remote.Tip("refs/heads/main", main));
        assertThat(branch).isEqualTo(new Remote.Tip("refs/heads/other", other));
        assertThat(tag.commit().id()).isEqualTo(main);
    }

    @Test
    void sendsTheTokenAndNeverRepeatsIt() throws Exception {
        // Given
        git.write("a.md", "1").commit("one");
        server.password("x-access-token:s3cret");

        // When
        Remote.Tip tip = remote(new Credentials("x-access-token", "s3cret"), null).tip(store);

        // Then
        assertThat(tip.name()).isEqualTo("refs/heads/main");
        assertThatThrownBy(() -> remote(new Credentials("x-access-token", "wr0ng"), null).tip(store))
                .isInstanceOfSatisfying(RemoteException.class,
                        e -> assertThat(e.reason()).isEqualTo(Reason.UNAUTHORIZED))
                .hasMessageNotContaining("wr0ng");
        assertThatThrownBy(() -> remote(null, null).tip(store))
                .isInstanceOfSatisfying(RemoteException.class,
                        e -> assertThat(e.reason()).isEqualTo(Reason.UNAUTHORIZED));
        assertThat(new Credentials("x", "s3cret").toString()).doesNotContain("s3cret");
    }

    @Test
    void connectsOnlyToAllowedAddresses() throws Exception {
        // Given
        git.write("a.md", "1").commit("one");
        int before = server.requests();
        Remote remote = remote(server.url("one"), null, null, address -> !address.isLoopbackAddress(), LIMITS);

        // When / Then
        assertThatThrownBy(() -> remote.tip(store)).isInstanceOfSatisfying(RemoteException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.OUTBOUND_REFUSED));
        assertThat(server.requests()).isEqualTo(before);
    }

    @Test
    void doesNotFollowRedirects() throws Exception {
        // Given
        git.write("a.md", "1").commit("one");
        try (GitHttpServer inside = new GitHttpServer(folder.resolve("repos"))) {
            server.redirect("http://127.0.0.1:" + inside.port());

            // When / Then
            assertThatThrownBy(() -> remote(null, null).tip(store)).isInstanceOfSatisfying(RemoteException.class,
                    e -> assertThat(e.reason()).isEqualTo(Reason.REDIRECTED));
            assertThat(inside.requests()).isZero();
        }
    }

    @Test
    void saysWhatIsWrongWithARemote() throws Exception {
        // Given
        git.write("a.md", "1").commit("one");
        TestGit.init(folder.resolve("repos/empty"));

        // When / Then
        assertReason(Reason.NOT_FOUND, remote(server.url("none"), null, null, any(), LIMITS));
        assertReason(Reason.REF_NOT_FOUND, remote(null, "no-such-branch"));
        assertReason(Reason.REF_NOT_FOUND, remote(server.url("empty"), null, null, any(), LIMITS));
        server.status(500);
        assertReason(Reason.UNREACHABLE, remote(null, null));
        server.status(0);
        server.away(true);
        assertReason(Reason.UNREACHABLE, remote(null, null));
        server.away(false);
        server.delay(1500);
        assertReason(Reason.TIMEOUT, remote(server.url("one"), null, null, any(),
                new FetchLimits(1_000_000, Duration.ofMillis(500), Duration.ofMillis(300))));
    }

    @Test
    void stopsAtTheByteLimitAndKeepsTheStore() throws Exception {
        // Given
        git.write("small.md", "1").commit("one");
        Remote roomy = remote(null, null);
        String first = roomy.fetch(store, roomy.tip(store)).commit().id();
        byte[] noise = new byte[400_000];
        new Random(7).nextBytes(noise);
        Files.write(git.folder().resolve("noise.bin"), noise);
        git.commit("noise");
        Remote tight = remote(server.url("one"), null, null, any(),
                new FetchLimits(100_000, Duration.ofSeconds(20), Duration.ofSeconds(5)));

        // When / Then
        assertThatThrownBy(() -> tight.fetch(store, tight.tip(store))).isInstanceOfSatisfying(RemoteException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE));
        assertThat(store.tip().orElseThrow().id()).isEqualTo(first);
    }

    @Test
    void refusesAnObjectThatIsLargerThanAllowedWhileItArrives() throws Exception {
        // Given: 3 MB of zeros are 3 kB on the wire
        Files.write(git.folder().resolve("zeros.bin"), new byte[3_000_000]);
        git.commit("a bomb");
        Remote remote = remote(null, null);

        // When / Then
        assertThatThrownBy(() -> remote.fetch(store, remote.tip(store))).isInstanceOfSatisfying(RemoteException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE));
    }

    @Test
    void readsAFileUrlWhereThatIsAllowed() throws Exception {
        // Given
        String commit = git.write("a.md", "1").commit("one");
        Remote remote = new Remote(
                RemoteUrl.parse(git.folder().toUri().toString().replace("file:/", "file:///").replace("////", "///"),
                        Set.of("file")),
                null, null, system(), any(), LIMITS, new DiskRepositories(git.folder(), List.of()));

        // When
        Remote.Fetched fetched = remote.fetch(store, remote.tip(store));

        // Then
        assertThat(fetched.commit().id()).isEqualTo(commit);
        assertThat(store.inspect(fetched.commit().treeId(), CAPS).entries()).hasSize(1);
    }

    @Test
    void anEmptiedStoreIsMadeAnew() throws Exception {
        // Given
        git.write("a.md", "1").commit("one");
        Remote remote = remote(null, null);
        remote.fetch(store, remote.tip(store));
        Folders.delete(folder.resolve("stores"));

        // When
        try (GitStore again = stores.open(new UUID(0, 1), new UUID(0, 2))) {
            Remote.Fetched fetched = remote.fetch(again, remote.tip(again));

            // Then
            assertThat(again.inspect(fetched.commit().treeId(), CAPS).entries()).hasSize(1);
        }
    }

    @Test
    void manyPacksBecomeOneAndKeptRevisionsStay() throws Exception {
        // Given
        Remote remote = remote(null, null);
        String first = "";
        for (int i = 0; i < 6; i++) {
            git.write("a.md", "state " + i).commit("state " + i);
            Commit commit = remote.fetch(store, remote.tip(store)).commit();
            store.keep(i + 1, commit.id());
            first = i == 0 ? commit.treeId() : first;
        }
        Snapshot before = store.inspect(first, CAPS);

        // When
        boolean early = store.tidy(6);
        boolean tidied = store.tidy(5);

        // Then
        assertThat(early).isFalse();
        assertThat(tidied).isTrue();
        assertThat(store.repository().getObjectDatabase().getPacks().size()).isLessThan(6);
        assertThat(store.inspect(first, CAPS)).isEqualTo(before);
        assertThat(new String(store.bytes(before.entries().getFirst()), StandardCharsets.UTF_8)).isEqualTo("state 0");
        String next = git.write("a.md", "later").commit("later");
        assertThat(remote.fetch(store, remote.tip(store)).commit().id()).isEqualTo(next);
    }

    private void assertReason(Reason reason, Remote remote) {
        assertThatThrownBy(() -> remote.tip(store)).isInstanceOfSatisfying(RemoteException.class,
                e -> assertThat(e.reason()).as(e.detail()).isEqualTo(reason));
    }

    private Remote remote(Credentials credentials, String ref) throws Exception {
        return remote(server.url("one"), credentials, ref, any(), LIMITS);
    }

    private static Remote remote(String url, Credentials credentials, String ref, Predicate<InetAddress> allowed,
            FetchLimits limits)
            throws Exception {
        return new Remote(RemoteUrl.parse(url, Set.of("http")), credentials, ref, system(), allowed, limits,
                DiskRepositories.NONE);
    }

    static Lookup system() {
        return (host, patience) -> InetAddress.getAllByName(host);
    }

    private static Predicate<InetAddress> any() {
        return address -> true;
    }
}
