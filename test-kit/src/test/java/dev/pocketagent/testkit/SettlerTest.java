package dev.pocketagent.testkit;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import java.net.URL;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.quota.Reserved;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;

/** The registry holds what the rows say, whatever happened in between. */
@QuarkusTest
@Tag("slow")
class SettlerTest extends HoldsTestBase {

    private static final Instant NEVER = Instant.parse("2100-01-01T00:00:00Z");

    @TestHTTPResource(value = "/metrics", management = true)
    URL metrics;

    /** A row as a transaction leaves it whose process died behind its commit. */
    private void committed(String wanted, String open) {
        things.put(thing, tenant, stacks(1));
        sql("insert into quota_hold (holder, tenant_id, wanted, open_id, version, next_try) values ('" + holder + "', '"
                + tenant + "', " + wanted + ", " + open + ", 1, now()) returning holder");
    }

    @Test
    void whatAProcessLeftUnconfirmedIsConfirmedByTheNextOne() {
        // Given
        UUID reserved = registry.reservations().reserve(tenant, holder, Map.of("stacks", 1)).orElseThrow();
        committed("'{\"stacks\":1}'", "'" + reserved + "'");
        // When
        settler.settleDue();
        // Then
        awaitUsed(1);
        awaitSettled();
        assertThat(registry.reservations().ids(holder, "confirmed")).containsExactly(reserved);
    }

    @Test
    void whatExpiredBeforeItWasConfirmedIsTakenAnew() {
        // Given
        try (Reserved reserved = holds.reserve(tenant, holder, stacks(1))) {
            registry.reservations().expireAll();
            // When
            store(thing, reserved, stacks(1));
        }
        // Then
        awaitUsed(1);
        awaitSettled();
        assertThat(registry.reservations().ids(holder, "expired")).hasSize(1);
        assertThat(column("open_id")).containsExactly((String) null);
    }

    @Test
    void whatIsRefusedStaysAndIsTriedAgain() {
        // Given: its place was taken when it expired
        limit(1);
        UUID other;
        try (Reserved reserved = holds.reserve(tenant, holder, stacks(1))) {
            registry.reservations().expireAll();
            other = registry.reservations().reserve(tenant, "other/1", Map.of("stacks", 1)).orElseThrow();
            store(thing, reserved, stacks(1));
        }
        await().atMost(SOON).until(() -> column("trouble like 'quota_exceeded%'").equals(List.of("t")));
        assertThat(column("next_try > now() + interval '5 seconds'")).containsExactly("t");
        // When
        registry.reservations().release(other);
        due();
        settler.settleDue();
        // Then
        awaitUsed(1);
        awaitSettled();
        assertThat(column("trouble")).containsExactly((String) null);
    }

    @Test
    void whatCannotBeToldWhileTheRegistryIsAwayIsToldWhenItIsBack() {
        // Given
        try (Reserved reserved = holds.reserve(tenant, holder, stacks(1))) {
            registry.away(true);
            store(thing, reserved, stacks(1));
        }
        await().atMost(SOON).until(() -> column("trouble like 'away%'").equals(List.of("t")));
        assertThat(column("next_try <= now() + interval '30 seconds'")).containsExactly("t");
        // When
        registry.away(false);
        // Then
        awaitUsed(1);
        awaitSettled();
    }

    @Test
    void aSuspendedTenantKeepsWhatItHasAndGetsWhatItLacksWhenItIsBack() {
        // Given
        things.put(thing, tenant, stacks(1));
        registry.suspend(tenant);
        settler.adopt();
        settler.settleDue();
        await().atMost(SOON).until(() -> column("trouble like 'tenant_inactive%'").equals(List.of("t")));
        // When
        registry.resume(tenant);
        due();
        // Then
        awaitUsed(1);
        registry.suspend(tenant);
        settler.check(NEVER);
        assertThat(registry.reservations().used(tenant)).isEqualTo(Map.of("stacks", 1));
    }

    @Test
    void answersThatAreLostTakeNothingTwice() {
        // Given: reserving and its retry, then confirming and its retry
        things.put(thing, tenant, stacks(1));
        registry.reservations().loseAnswers(2);
        // When
        settler.adopt();
        settler.settleDue();
        await().atMost(SOON).until(() -> registry.reservations().ids(holder, "open").size() == 1);
        registry.reservations().loseAnswers(2);
        // Then
        await().atMost(SOON).untilAsserted(() -> {
            due();
            settler.settleDue();
            assertThat(registry.reservations().ids(holder, "confirmed")).hasSize(1);
        });
        awaitUsed(1);
        assertThat(registry.reservations().reserved(tenant)).isEmpty();
    }

    @Test
    void twoSettlersAtOnceTakeOneThing() throws Exception {
        // Given
        committed("'{\"stacks\":1}'", "null");
        registry.reservations().slow(Duration.ofMillis(100));
        List<Callable<Boolean>> settlers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            settlers.add(() -> settler.settleOne(holder));
        }
        // When
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.invokeAll(settlers);
        }
        registry.reservations().slow(Duration.ZERO);
        // Then
        awaitSettled();
        awaitUsed(1);
        assertThat(registry.reservations().ids(holder, "confirmed")).hasSize(1);
        assertThat(registry.reservations().ids(holder, "released")).as("reserved twice, given back then").isEmpty();
        assertThat(registry.reservations().reserved(tenant)).isEmpty();
    }

    @Test
    void aThingThatGoesWhileItsPartIsTakenLeavesNothing() throws Exception {
        // Given
        committed("'{\"stacks\":1}'", "null");
        registry.reservations().slow(Duration.ofMillis(300));
        // When
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var settling = threads.submit(() -> settler.settleOne(holder));
            await().atMost(SOON).until(() -> registry.reservations().ids(holder, "open").size() == 1);
            delete();
            settling.get();
        }
        registry.reservations().slow(Duration.ZERO);
        // Then
        await().atMost(SOON).until(() -> column("holder").isEmpty());
        awaitUsed(0);
    }

    @Test
    void whatNobodyWroteDownIsGivenBackWithTheThing() {
        // Given: a process died between confirming and writing it down
        committed("'{\"stacks\":1}'", "null");
        UUID unknown = registry.reservations().reserve(tenant, holder, Map.of("stacks", 3)).orElseThrow();
        registry.reservations().confirm(unknown, Instant.now());
        // When
        delete();
        // Then
        await().atMost(SOON).until(() -> column("holder").isEmpty());
        awaitUsed(0);
    }

    @Test
    void thingsWithoutARowAndRowsWithoutTheirThingAreFound() {
        // Given
        things.put(thing, tenant, stacks(2));
        // When
        settler.adopt();
        // Then
        awaitUsed(2);
        awaitSettled();
        things.put(thing, tenant, stacks(3));
        settler.adopt();
        awaitUsed(3);
        things.remove(thing);
        settler.adopt();
        awaitUsed(0);
        await().atMost(SOON).until(() -> column("holder").isEmpty());
    }

    @Test
    void whatARestoredRegistryDoesNotKnowIsTakenAnew() {
        // Given
        make(stacks(1));
        awaitUsed(1);
        awaitSettled();
        registry.reservations().forget(tenant);
        // When
        checkAll();
        // Then
        awaitUsed(1);
        awaitSettled();
    }

    @Test
    void whatWasReleasedByHandIsTakenAnewAndWhatNobodyKnowsIsGivenBack() {
        // Given
        make(stacks(1));
        awaitUsed(1);
        awaitSettled();
        UUID stranger = registry.reservations().reserve(tenant, holder, Map.of("stacks", 2)).orElseThrow();
        registry.reservations().confirm(stranger, Instant.now().minus(Duration.ofHours(1)));
        // When
        checkAll();
        // Then
        awaitUsed(1);
        registry.reservations().release(registry.reservations().ids(holder, "confirmed").getFirst());
        checkAll();
        awaitUsed(1);
        awaitSettled();
    }

    /** A change meets the loss before the hourly check does. */
    @Test
    void aChangeGoesOnWithoutTheReservationThatIsLost() {
        // Given
        make(stacks(1));
        awaitUsed(1);
        awaitSettled();
        registry.reservations().forget(tenant);
        // When
        make(stacks(2));
        // Then
        awaitUsed(2);
        awaitSettled();
    }

    @Test
    void ofAnErasedTenantNothingIsLeft() {
        // Given
        make(stacks(1));
        awaitUsed(1);
        awaitSettled();
        // When
        things.remove(thing);
        rows.inTenant(tenant, () -> {
            holds.forget(tenant);
            return tenant;
        });
        // Then
        assertThat(column("holder")).isEmpty();
    }

    @Test
    void metersAreThereFromTheStart() {
        for (String meter : List.of("pocket_quota_holds_unsettled", "pocket_quota_holds_total{outcome=\"refused\"}")) {
            given().get(metrics).then().statusCode(200).body(containsString(meter));
        }
    }

    /** A few at a time, oldest first: until this one had its turn. */
    private void checkAll() {
        sql("update quota_hold set checked_at = 'epoch' where holder = '" + holder + "' returning holder");
        settler.check(NEVER);
    }
}
