package dev.pocketagent.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.kit.quota.Amounts;
import dev.pocketagent.kit.quota.Holds;
import dev.pocketagent.kit.quota.Reserved;
import dev.pocketagent.kit.quota.Settler;
import dev.pocketagent.testkit.toy.Things;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;

/** A service whose things take part in quotas, and a tenant of its own with room for some for each test. */
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
abstract class HoldsTestBase {

    static final Duration SOON = Duration.ofSeconds(20);

    RegistryDouble registry;

    @Inject
    Schema schema;
    @Inject
    Holds holds;
    @Inject
    Settler settler;
    @Inject
    RowScope rows;
    @Inject
    Things things;
    @Inject
    AgroalDataSource database;

    UUID tenant;
    UUID thing;
    String holder;

    @BeforeEach
    void newThing() {
        await().atMost(SOON).until(schema::ready);
        // The circuit may be open for a second after a test in which the registry was away.
        await().atMost(SOON).ignoreExceptions().until(this::registryIsAsked);
        tenant = registry.newTenant();
        thing = UUID.randomUUID();
        holder = things.holder(thing);
    }

    @AfterEach
    void back() {
        registry.away(false);
        registry.reservations().slow(Duration.ZERO);
        registry.reservations().loseAnswers(0);
    }

    private boolean registryIsAsked() {
        UUID probe = registry.newTenant();
        try (Reserved reserved = holds.reserve(probe, "probe/" + probe, stacks(1))) {
            return rows.inTenant(probe, () -> {
                reserved.keep();
                holds.forget(probe);
                return true;
            });
        }
    }

    static Amounts stacks(int number) {
        return new Amounts(Map.of("stacks", number));
    }

    /** Moves the tenant to a plan with so many stacks. */
    void limit(int stacks) {
        PlanLimits roomy = RegistryDouble.roomyPlan();
        registry.plan(tenant, roomy, Map.of("stacks", stacks));
    }

    /** Makes the thing, or has it take another amount, as a service does. */
    void make(Amounts amounts) {
        make(thing, amounts);
    }

    void make(UUID id, Amounts amounts) {
        try (Reserved reserved = holds.reserve(tenant, things.holder(id), amounts)) {
            store(id, reserved, amounts);
        }
    }

    void store(UUID id, Reserved reserved, Amounts amounts) {
        rows.inTenant(tenant, () -> {
            reserved.keep();
            things.put(id, tenant, amounts);
            return id;
        });
    }

    void delete() {
        things.remove(thing);
        rows.inTenant(tenant, () -> {
            holds.gone(holder);
            return thing;
        });
    }

    void awaitUsed(int stacks) {
        await().atMost(SOON).untilAsserted(() -> assertThat(registry.reservations().used(tenant))
                .isEqualTo(stacks == 0 ? Map.of() : Map.of("stacks", stacks)));
    }

    void awaitSettled() {
        await().atMost(SOON).until(() -> column("next_try is null").equals(List.of("t")));
    }

    /** A column, or expression over columns, of the thing's row; empty without one. */
    List<String> column(String expression) {
        return sql("select " + expression + " from quota_hold where holder = '" + holder + "'");
    }

    /** Makes the thing's row due, as time does. */
    void due() {
        sql("update quota_hold set next_try = now() - interval '1 second' where holder = '" + holder
                + "' returning holder");
    }

    List<String> sql(String statement) {
        try (Connection connection = database.getConnection(); Statement query = connection.createStatement()) {
            connection.setAutoCommit(false);
            query.execute("select set_config('pocket.tenant', '*', true)");
            try (ResultSet row = query.executeQuery(statement)) {
                List<String> found = new ArrayList<>();
                while (row.next()) {
                    found.add(row.getString(1));
                }
                connection.commit();
                return found;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
