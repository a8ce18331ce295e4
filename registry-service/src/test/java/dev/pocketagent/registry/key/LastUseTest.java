package dev.pocketagent.registry.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.SqlSpy;
import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.test.junit.QuarkusTest;

/** With gatherers of their own, as each replica has one. */
@Tag("slow")
@QuarkusTest
class LastUseTest extends RegistryTestBase {

    @Inject
    AgroalDataSource database;
    @Inject
    RowScope rows;
    @Inject
    Keys keys;

    private final List<String> statements = new ArrayList<>();

    private LastUse replica() {
        return new LastUse(rows, SqlSpy.noting(database, statements));
    }

    private UUID newKey(Made tenant) {
        return UUID.fromString(issue(tenant, Roles.AGENT).extract().path("id"));
    }

    private Instant lastUsed(UUID key) {
        return rows.inAllTenants(() -> keys.findById(key).lastUsedAt);
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }

    @Test
    void howeverOftenAKeyIsUsedItsRowIsWrittenOnceAndNotWithinTheMinute() {
        LastUse replica = replica();
        UUID key = newKey(newTenant("team"));
        Instant at = now();
        for (int i = 0; i < 10_000; i++) {
            replica.note(key, at.plusMillis(i));
        }
        assertThat(statements).isEmpty();
        assertThat(lastUsed(key)).isNull();

        replica.write();

        assertThat(statements).hasSize(1);
        assertThat(lastUsed(key)).isEqualTo(at.plusMillis(9_999));
        replica.write();
        assertThat(statements).as("nothing new, nothing written").hasSize(1);
    }

    @Test
    void aStopWritesWhatTheMinuteHasGathered() {
        LastUse replica = replica();
        UUID key = newKey(newTenant("team"));
        Instant at = now();
        replica.note(key, at);
        replica.stop(new ShutdownEvent());
        assertThat(lastUsed(key)).isEqualTo(at);
    }

    @Test
    void ofTwoReplicasTheLaterUseStaysWhoeverWritesLast() {
        LastUse one = replica();
        LastUse other = replica();
        UUID key = newKey(newTenant("team"));
        Instant at = now();
        one.note(key, at.plusSeconds(5));
        other.note(key, at);
        one.write();
        other.write();
        assertThat(lastUsed(key)).isEqualTo(at.plusSeconds(5));
    }

    @Test
    void twoReplicasWritingTheSameKeysAtOnceDoNotLockEachOtherOut() throws Exception {
        // Given
        Made tenant = newTenant("team");
        List<UUID> used = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            used.add(newKey(tenant));
        }
        Instant at = now();
        List<Future<?>> writers = new ArrayList<>();
        // When
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            for (int replica = 0; replica < 4; replica++) {
                int number = replica;
                LastUse mine = new LastUse(rows, SqlSpy.noting(database, new ArrayList<>()));
                writers.add(pool.submit(() -> {
                    for (int round = 0; round < 20; round++) {
                        Instant when = at.plusMillis(round * 4L + number);
                        (number % 2 == 0 ? used : used.reversed()).forEach(key -> mine.note(key, when));
                        mine.write();
                    }
                }));
            }
        }
        // Then
        for (Future<?> writer : writers) {
            writer.get();
        }
        assertThat(used).allSatisfy(key -> assertThat(lastUsed(key)).isEqualTo(at.plusMillis(79)));
    }
}
