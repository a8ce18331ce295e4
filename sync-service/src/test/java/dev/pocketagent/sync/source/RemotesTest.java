package dev.pocketagent.sync.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.net.NameLookup;
import dev.pocketagent.kit.net.OutboundGuard;
import dev.pocketagent.kit.net.OutboundHttp;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.sync.SyncTestBase;
import dev.pocketagent.sync.git.DiskRepositories;
import dev.pocketagent.sync.git.FetchLimits;
import dev.pocketagent.sync.git.GitStore;
import dev.pocketagent.sync.git.GitStores;
import dev.pocketagent.sync.git.RemoteException;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;

/** Addresses of remotes, with a DNS that the test plays. */
@QuarkusTest
class RemotesTest extends SyncTestBase {

    @Inject
    Vertx vertx;
    @Inject
    OutboundGuard guard;
    @Inject
    Secrets secrets;
    @Inject
    FetchLimits limits;
    @Inject
    KitConfig kit;
    @Inject
    DiskRepositories disk;

    private final CountDownLatch over = new CountDownLatch(1);
    private OutboundHttp http;
    private NameLookup names;
    private Remotes remotes;

    @BeforeEach
    void playDns() {
        http = new OutboundHttp(vertx, guard, this::addressesOf);
        names = new NameLookup(this::addressesOf, 2, "played-");
        remotes = new Remotes(guard, http, names, secrets, limits, kit, disk);
    }

    @AfterEach
    void endDns() {
        over.countDown();
        http.close();
        names.close();
    }

    @Test
    @Tag("slow")
    void aNameServerThatDoesNotAnswerHoldsARequestForTwoSeconds() {
        // When
        var url = assertTimeoutPreemptively(Duration.ofSeconds(10),
                () -> remotes.check("https://hanging.test/repository", false));

        // Then: passed by its form; a fetch judges what it connects to
        assertThat(url.uri()).hasHost("hanging.test");
    }

    @Test
    @Tag("slow")
    void aNameServerThatDoesNotAnswerEndsAFetchInTime(@TempDir Path folder) throws Exception {
        // Given
        var source = new Source(UUID.randomUUID(), tenant, Source.GIT, "one", "github", new byte[0], 60, Instant.now());
        source.url = "https://hanging.test/repository";
        try (GitStores stores = new GitStores(folder, 1_000_000);
                GitStore store = stores.open(tenant, source.id)) {
            // When
            var fails = assertTimeoutPreemptively(limits.idle().plusSeconds(10),
                    () -> catchThrowableOfType(RemoteException.class, () -> remotes.of(source).tip(store)));

            // Then
            assertThat(fails.reason()).isEqualTo(RemoteException.Reason.TIMEOUT);
        }
    }

    @Test
    void whatIsFoundOutInTimeIsJudged() {
        assertThat(remotes.check("https://public.test/repository", false).uri()).hasHost("public.test");
        assertThatThrownBy(() -> remotes.check("https://private.test/repository", false))
                .isInstanceOfSatisfying(ProblemException.class,
                        refused -> assertThat(refused.detail()).contains("private or reserved network"));
        assertThatThrownBy(() -> remotes.check("https://unknown.test/repository", false))
                .isInstanceOfSatisfying(ProblemException.class,
                        refused -> assertThat(refused.detail()).contains("not known"));
    }

    private InetAddress[] addressesOf(String host) throws UnknownHostException {
        return switch (host) {
            case "hanging.test" -> {
                try {
                    over.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new UnknownHostException(host);
            }
            case "public.test" -> new InetAddress[]{InetAddress.ofLiteral("93.184.216.34")};
            case "private.test" -> new InetAddress[]{InetAddress.ofLiteral("10.0.0.1")};
            default -> throw new UnknownHostException(host);
        };
    }
}
