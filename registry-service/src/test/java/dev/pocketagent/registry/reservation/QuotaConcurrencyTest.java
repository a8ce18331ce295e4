package dev.pocketagent.registry.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.quota.Amounts;
import dev.pocketagent.registry.quota.Resource;
import dev.pocketagent.registry.tenant.Tenants;
import io.quarkus.test.junit.QuarkusTest;

/** Limits hold exactly, whoever comes at once. */
@Tag("slow")
@QuarkusTest
class QuotaConcurrencyTest extends RegistryTestBase {

    /** Whether a quota is something else than the sum of what its reservations use and hold. */
    private static final String WRONG = "select count(*) from quota q cross join lateral (select "
            + Resource.sql(", ",
                    resource -> ("coalesce(sum(r.%1$s) filter (where r.state = 'confirmed'), 0) as %1$s_used,"
                            + " coalesce(sum(greatest(0, r.%1$s - coalesce(o.%1$s, 0))) filter (where r.state = 'open'), 0)"
                            + " as %1$s_reserved").formatted(resource.column()))
            + " from reservation r left join reservation o on o.id = r.replaces where r.tenant_id = q.tenant_id) sums"
            + " where q.tenant_id = '%s' and ("
            + Resource.sql(" or ", resource -> "q.%1$s_used <> sums.%1$s_used or q.%1$s_reserved <> sums.%1$s_reserved"
                    .formatted(resource.column()))
            + ")";

    @Inject
    Reaper reaper;
    @Inject
    Reservations reservations;
    @Inject
    Tenants tenants;
    @Inject
    RowScope rows;
    @Inject
    Sql sql;

    private long number(String query) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (var select = connection.createStatement(); var row = select.executeQuery(query)) {
                row.next();
                return row.getLong(1);
            }
        }));
    }

    private int change(String statement) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (var change = connection.createStatement()) {
                return change.executeUpdate(statement);
            }
        }));
    }

    private int reserve(Made tenant, Map<String, Integer> amounts) {
        return service().body(Map.of("holder", "x", "amounts", amounts))
                .post("/api/v1/tenants/" + tenant.id() + "/reservations").statusCode();
    }

    @Test
    void thirtyParallelCallersOnALimitOfTwoGetExactlyTwo() throws Exception {
        for (int round = 0; round < 3; round++) {
            // Given
            Made tenant = newTenant("starter");
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Integer>> answers = new ArrayList<>();
            try (ExecutorService pool = Executors.newFixedThreadPool(30)) {
                for (int i = 0; i < 30; i++) {
                    answers.add(pool.submit(() -> {
                        start.await();
                        return reserve(tenant, Map.of("stacks", 1, "memoryMib", 1));
                    }));
                }
                // When
                start.countDown();
            }
            // Then
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> answer : answers) {
                statuses.add(answer.get());
            }
            assertThat(statuses).filteredOn(status -> status == 201).hasSize(2);
            assertThat(statuses).filteredOn(status -> status == 409).hasSize(28);
            operator().get("/api/v1/tenants/" + tenant.id() + "/quota").then().body("resources.stacks.reserved",
                    equalTo(2), "resources.memoryMib.reserved", equalTo(2), "resources.stacks.available", equalTo(0));
        }
    }

    @Test
    void thirtyCallersWhoReserveConfirmResizeReleaseAndDieLeaveTheBooksRight() throws Exception {
        // Given
        Made tenant = newTenant("team");
        List<Future<Integer>> callers = new ArrayList<>();
        // When
        try (ExecutorService pool = Executors.newFixedThreadPool(30)) {
            for (int i = 0; i < 30; i++) {
                callers.add(pool.submit(() -> {
                    for (int turn = 0; turn < 4; turn++) {
                        live(tenant);
                    }
                    return 0;
                }));
            }
            for (Future<Integer> caller : callers) {
                caller.get();
            }
        }
        // Then
        assertThat(number(WRONG.formatted(tenant.id()))).isZero();
        assertThat(number("select count(*) from quota where over and tenant_id = '" + tenant.id() + "'")).isZero();
        change("update reservation set expires_at = now() - interval '1 second' where state = 'open' and tenant_id = '"
                + tenant.id() + "'");
        reaper.reap();
        assertThat(number("select count(*) from reservation where state = 'open' and tenant_id = '" + tenant.id()
                + "'")).isZero();
        assertThat(number(WRONG.formatted(tenant.id()))).isZero();
        assertThat(number("select count(*) from quota q where tenant_id = '" + tenant.id()
                + "' and stacks_used <> (select coalesce(sum(stacks), 0) from reservation r"
                + " where r.tenant_id = q.tenant_id and state = 'confirmed')")).isZero();
        operator().get("/api/v1/audit/verify?tenant=" + tenant.id()).then().body("intact", is(true));
    }

    /** What one caller does, in one of the ways it can go; every answer is one that the contract knows. */
    private void live(Made tenant) {
        Random random = ThreadLocalRandom.current();
        var made = service().body(Map.of("holder", "x", "amounts",
                Map.of("stacks", 1 + random.nextInt(3), "memoryMib", 1 + random.nextInt(4096))))
                .post("/api/v1/tenants/" + tenant.id() + "/reservations");
        if (made.statusCode() == 409) {
            made.then().body("code", equalTo("quota_exceeded"));
            return;
        }
        String id = made.then().statusCode(201).extract().path("id");
        String path = "/api/v1/reservations/";
        switch (random.nextInt(6)) {
            case 0 -> {
                // killed half-way
            }
            case 1 -> service().post(path + id + "/release").then().statusCode(200);
            case 2 -> {
                service().post(path + id + "/confirm").then().statusCode(200);
                service().post(path + id + "/release").then().statusCode(200);
            }
            case 3 -> {
                service().post(path + id + "/confirm").then().statusCode(200);
                var next = service().body(Map.of("holder", "x", "replaces", id, "amounts",
                        Map.of("stacks", 1, "memoryMib", 1 + random.nextInt(4096))))
                        .post("/api/v1/tenants/" + tenant.id() + "/reservations");
                if (next.statusCode() == 201) {
                    service().post(path + next.path("id") + (random.nextBoolean() ? "/confirm" : "/release")).then()
                            .statusCode(200);
                } else {
                    next.then().statusCode(409).body("code", equalTo("quota_exceeded"));
                }
            }
            case 4 -> change("update reservation set expires_at = now() - interval '1 second' where state = 'open'"
                    + " and id = '" + id + "'");
            default -> service().post(path + id + "/confirm").then().statusCode(200);
        }
    }

    @Test
    void afterEveryStepTheBooksAreRightAndWhatIsOverNeverGrows() {
        for (long seed = 1; seed <= 4; seed++) {
            // Given
            Made made = newTenant("team");
            Random random = new Random(seed);
            List<UUID> known = new ArrayList<>();
            for (int turn = 0; turn < 60; turn++) {
                boolean overBefore = over(made);
                long heldBefore = held(made);
                // When
                String what = step(made, random, known);
                // Then
                assertThat(number(WRONG.formatted(made.id()))).as("seed %d, turn %d: %s", seed, turn, what).isZero();
                if (overBefore) {
                    assertThat(held(made)).as("seed %d, turn %d: %s", seed, turn, what)
                            .isLessThanOrEqualTo(heldBefore);
                } else {
                    assertThat(over(made) && !what.startsWith("move")).as("seed %d, turn %d: %s", seed, turn, what)
                            .isFalse();
                }
            }
        }
    }

    private boolean over(Made tenant) {
        return number("select count(*) from quota where over and tenant_id = '" + tenant.id() + "'") == 1;
    }

    private long held(Made tenant) {
        return number("select memory_mib_used + memory_mib_reserved from quota where tenant_id = '" + tenant.id()
                + "'");
    }

    /** One random step, of which the rules may refuse any; what it was. */
    private String step(Made made, Random random, List<UUID> known) {
        UUID one = known.isEmpty() ? UUID.randomUUID() : known.get(random.nextInt(known.size()));
        Amounts amounts = Amounts.each(resource -> switch (resource) {
            case STACKS -> random.nextInt(3);
            case MEMORY_MIB -> 1 + random.nextInt(6000);
            default -> 0;
        });
        try {
            return switch (random.nextInt(7)) {
                case 0, 1 -> rows.inAllTenants(() -> {
                    known.add(reservations.reserve(tenants.requireUnchanging(made.slug()), "x", amounts,
                            Duration.ofMinutes(1), null, Actor.SYSTEM).id());
                    return "reserve " + amounts;
                });
                case 2 -> rows.inAllTenants(() -> {
                    known.add(reservations.reserve(tenants.requireUnchanging(made.slug()), "x", amounts,
                            Duration.ofMinutes(1), one, Actor.SYSTEM).id());
                    return "replace " + one + " by " + amounts;
                });
                case 3 -> rows.inAllTenants(() -> "confirm " + reservations.confirm(one, Actor.SYSTEM));
                case 4 -> rows.inAllTenants(() -> "release " + reservations.release(one, Actor.SYSTEM));
                case 5 -> {
                    change("update reservation set expires_at = now() - interval '1 second' where state = 'open'"
                            + " and id = '" + one + "'");
                    reaper.reap();
                    yield "expire " + one;
                }
                default -> {
                    String plan = List.of("starter", "team", "business").get(random.nextInt(3));
                    change("update tenant set plan = '" + plan + "', plan_version = 1 where id = '" + made.id() + "'");
                    yield "move to " + plan;
                }
            };
        } catch (ProblemException refused) {
            return "refused: " + refused.getMessage();
        }
    }

    @Test
    void twoReplicasEndEachExpiredReservationOnce() throws Exception {
        // Given
        List<Made> made = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Made tenant = newTenant("team");
            made.add(tenant);
            assertThat(reserve(tenant, Map.of("stacks", 1))).isEqualTo(201);
            assertThat(reserve(tenant, Map.of("stacks", 2))).isEqualTo(201);
        }
        String ours = "tenant_id in ('" + made.stream().map(tenant -> tenant.id().toString())
                .collect(Collectors.joining("','")) + "')";
        change("update reservation set expires_at = now() - interval '1 second' where " + ours);
        // When
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            for (Future<?> replica : List.of(pool.submit(reaper::reap), pool.submit(reaper::reap))) {
                replica.get();
            }
        }
        reaper.reap();
        // Then
        assertThat(number("select count(*) from reservation where state = 'expired' and version = 1 and " + ours))
                .isEqualTo(20);
        assertThat(number("select count(*) from audit_row where action = 'reservation.expire' and " + ours))
                .isEqualTo(20);
        assertThat(number("select sum(stacks_reserved) from quota where " + ours)).isZero();
    }

    @Test
    void theDatabaseItselfLetsNothingPassALimit() throws SQLException {
        // Given
        Made tenant = newTenant("starter");
        String mine = " where tenant_id = '" + tenant.id() + "'";
        // When, Then
        change("update quota set stacks_used = 1, stacks_reserved = 1" + mine);
        for (String change : List.of("stacks_used = stacks_used + 1", "stacks_reserved = 5",
                "memory_mib_used = 4097", "keys_used = 11", "stacks_used = 3, stacks_reserved = 0")) {
            assertThatThrownBy(() -> change("update quota set " + change + mine)).as(change)
                    .hasStackTraceContaining("would be passed");
        }
        assertThatThrownBy(() -> change("update quota set stacks_used = -1" + mine))
                .hasStackTraceContaining("violates check constraint");
        assertThatThrownBy(() -> change("with gone as (delete from quota" + mine + " returning *) insert into quota"
                + " (tenant_id, stacks_limit, stacks_used, cpu_millis_limit, memory_mib_limit, disk_mib_limit,"
                + " volumes_limit, keys_limit, sources_limit) select gen_random_uuid(), 2, 3, 1, 1, 1, 1, 1, 1 from gone"))
                .hasStackTraceContaining("would be passed");
        // A smaller limit takes nothing away, and only less is possible from there.
        change("update tenant set overrides = '{\"stacks\":1}' where id = '" + tenant.id() + "'");
        assertThat(number("select stacks_limit from quota" + mine + " and over")).isEqualTo(1);
        assertThatThrownBy(() -> change("update quota set stacks_reserved = 2" + mine))
                .hasStackTraceContaining("would be passed");
        assertThat(change("update quota set stacks_used = 0" + mine)).isEqualTo(1);
    }
}
