package dev.pocketagent.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import jakarta.transaction.TransactionalException;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.quota.Amounts;
import dev.pocketagent.kit.quota.Reserved;
import io.quarkus.test.junit.QuarkusTest;

/** A request's part in quotas: what it reserves, keeps, and gives back. */
@QuarkusTest
@Tag("slow")
class HoldsTest extends HoldsTestBase {

    @Test
    void whatIsKeptIsUsedAndWhatIsGoneIsNot() {
        // When
        make(new Amounts(Map.of("stacks", 1, "cpuMillis", 500, "volumes", 0)));
        // Then
        await().atMost(SOON).untilAsserted(() -> assertThat(registry.reservations().used(tenant))
                .isEqualTo(Map.of("stacks", 1, "cpuMillis", 500)));
        awaitSettled();
        delete();
        awaitUsed(0);
        await().atMost(SOON).until(() -> column("holder").isEmpty());
    }

    @Test
    void whatDoesNotCommitIsGivenBackAtOnce() {
        // When
        assertThatThrownBy(() -> {
            try (Reserved reserved = holds.reserve(tenant, holder, stacks(1))) {
                rows.inTenant(tenant, () -> {
                    reserved.keep();
                    throw new IllegalArgumentException("the name is taken");
                });
            }
        }).hasMessage("the name is taken");
        // Then
        await().atMost(SOON).until(() -> registry.reservations().ids(holder, "released").size() == 1);
        assertThat(column("holder")).isEmpty();
        assertThat(registry.reservations().reserved(tenant)).isEmpty();
    }

    @Test
    void whatNobodyKeepsIsGivenBackAtOnce() {
        // When
        holds.reserve(tenant, holder, stacks(1)).close();
        // Then
        await().atMost(SOON).until(() -> registry.reservations().ids(holder, "released").size() == 1);
    }

    @Test
    void moreTakesOverAndLessIsGivenBackThoughTheRegistryIsAway() {
        // Given
        make(stacks(2));
        // When
        make(stacks(5));
        // Then
        awaitUsed(5);
        assertThat(registry.reservations().ids(holder, "replaced")).hasSize(1);
        registry.away(true);
        make(stacks(1));
        registry.away(false);
        awaitUsed(1);
        assertThat(registry.reservations().ids(holder, "confirmed")).hasSize(1);
        awaitSettled();
    }

    @Test
    void whileTheRegistryIsAwayNothingGrowsAndNothingIsWrittenDown() {
        // Given
        registry.away(true);
        // When, Then
        assertThatThrownBy(() -> make(stacks(1))).isInstanceOfSatisfying(ProblemException.class, away -> {
            assertThat(away.type().status()).isEqualTo(503);
            assertThat(away.type().code()).isEqualTo("dependency_unavailable");
            assertThat(away.retryAfter()).isPositive();
        });
        assertThat(column("holder")).isEmpty();
    }

    @Test
    void aRefusalHasTheFiguresOfAllServices() {
        // Given: another service has taken a part
        limit(2);
        UUID others = registry.reservations().reserve(tenant, "other/1", Map.of("stacks", 1)).orElseThrow();
        // When, Then
        assertThatThrownBy(() -> make(stacks(2))).isInstanceOfSatisfying(ProblemException.class, refusal -> {
            assertThat(refusal.type().status()).isEqualTo(409);
            assertThat(refusal.type().code()).isEqualTo("quota_exceeded");
            assertThat(refusal.detail()).contains("stacks asks for 2, available are 1: limit 2, used 0, reserved 1")
                    .contains("larger plan");
            assertThat(refusal.errors()).singleElement()
                    .satisfies(error -> assertThat(error.pointer()).isEqualTo("/stacks"));
        });
        registry.reservations().release(others);
        make(stacks(2));
        awaitUsed(2);
        limit(1);
        assertThatThrownBy(() -> make(UUID.randomUUID(), stacks(1)))
                .isInstanceOfSatisfying(ProblemException.class, refusal -> {
                    assertThat(refusal.type().code()).isEqualTo("over_quota");
                    assertThat(refusal.detail()).contains("stacks is over: limit 1, used 2");
                });
    }

    @Test
    void aTenantThatIsSuspendedOrUnknownGetsNothing() {
        // Given
        registry.suspend(tenant);
        // When, Then
        assertThatThrownBy(() -> make(stacks(1))).isInstanceOfSatisfying(ProblemException.class,
                refusal -> assertThat(refusal.type().code()).isEqualTo("tenant_suspended"));
        UUID nobody = UUID.randomUUID();
        tenant = nobody;
        assertThatThrownBy(() -> make(stacks(1))).isInstanceOfSatisfying(ProblemException.class,
                refusal -> assertThat(refusal.type().code()).isEqualTo("not_found"));
    }

    @Test
    void anAnswerThatIsLostReservesNothingTwice() {
        // Given
        registry.reservations().loseAnswers(1);
        // When
        make(stacks(1));
        // Then
        awaitUsed(1);
        awaitSettled();
        assertThat(registry.reservations().reserved(tenant)).isEmpty();
        assertThat(registry.reservations().ids(holder, "released")).isEmpty();
    }

    @Test
    void theRegistryIsNotWaitedForInsideOfATransaction() {
        assertThatThrownBy(() -> rows.inTenant(tenant, () -> holds.reserve(tenant, holder, stacks(1))))
                .isInstanceOf(TransactionalException.class);
    }

    @Test
    void changesOfOneThingComeOneAfterTheOther() throws Exception {
        // Given
        limit(10);
        make(stacks(1));
        awaitUsed(1);
        // When
        List<Boolean> done = atOnce(IntStream.rangeClosed(2, 5).mapToObj(size -> (Callable<Boolean>) () -> {
            while (true) {
                try {
                    make(stacks(size));
                    return true;
                } catch (Reserved.OutdatedException e) {
                    // Another was in between: begin anew, as services do.
                }
            }
        }).toList());
        // Then
        assertThat(done).contains(true);
        awaitSettled();
        assertThat(registry.reservations().ids(holder, "confirmed")).hasSize(1);
        assertThat(registry.reservations().reserved(tenant)).isEmpty();
        assertThat(registry.reservations().used(tenant))
                .isEqualTo(Map.of("stacks", Integer.valueOf(column("wanted ->> 'stacks'").getFirst())));
    }

    @Test
    void thirtyAtOnceOnALimitOfTwoAreExactlyTwo() throws Exception {
        // Given
        limit(2);
        // When
        List<Boolean> made = atOnce(IntStream.range(0, 30).mapToObj(i -> (Callable<Boolean>) () -> {
            make(UUID.randomUUID(), stacks(1));
            return true;
        }).toList());
        // Then
        assertThat(made).filteredOn(one -> one).hasSize(2);
        awaitUsed(2);
        assertThat(registry.reservations().reserved(tenant)).isEmpty();
    }

    /** False for those that were refused with 409. */
    private static List<Boolean> atOnce(List<Callable<Boolean>> calls) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            return threads.invokeAll(calls).stream().map(HoldsTest::result).toList();
        }
    }

    private static boolean result(Future<Boolean> future) {
        if (future.state() == Future.State.SUCCESS) {
            return future.resultNow();
        }
        assertThat(future.exceptionNow()).isInstanceOfSatisfying(ProblemException.class,
                refusal -> assertThat(refusal.type().status()).isEqualTo(409));
        return false;
    }
}
