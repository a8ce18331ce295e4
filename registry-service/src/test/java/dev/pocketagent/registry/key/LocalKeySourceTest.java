package dev.pocketagent.registry.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.KeyVerifier;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.auth.Verdict;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.SqlSpy;
import dev.pocketagent.registry.plan.Plans;
import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.junit.QuarkusTest;

@QuarkusTest
class LocalKeySourceTest extends RegistryTestBase {

    @Inject
    AgroalDataSource database;
    @Inject
    Plans plans;
    @Inject
    Schema schema;
    @Inject
    LastUse lastUse;
    @Inject
    KeyVerifier verifier;
    @Inject
    Clock clock;

    private final List<String> statements = new ArrayList<>();

    private LocalKeySource source() {
        return new LocalKeySource(SqlSpy.noting(database, statements), plans, schema, lastUse, verifier, clock,
                new SimpleMeterRegistry());
    }

    private static String digest(String secret) {
        return ApiKey.parse(secret).orElseThrow().sha256Hex();
    }

    @Test
    void anUnknownKeyCostsTheSameOneQueryAsAKnownOne() {
        // Given
        Made tenant = newTenant("team");
        String valid = keyOf(tenant, Roles.AGENT);
        var revoked = issue(tenant, Roles.AGENT);
        operator().header("If-Match", "*").delete("/api/v1/keys/" + revoked.extract().path("id")).then()
                .statusCode(204);
        LocalKeySource source = source();
        source.complete();
        source.lookUp(digest(valid));
        List<String> ofKnown = List.copyOf(statements);
        for (String other : List.of(valid, revoked.extract().path("secret"), first.operator(),
                ApiKey.generate(KeyKind.AGENT).secret(), ApiKey.generate(KeyKind.OPERATOR).secret())) {
            statements.clear();
            // When
            source.lookUp(digest(other));
            // Then
            assertThat(statements).isEqualTo(ofKnown).hasSize(1);
        }
    }

    @Test
    void whileTheFirstKeysAreNotStoredNobodyIsCalledUnknown() {
        LocalKeySource source = source();
        String unknown = digest(ApiKey.generate(KeyKind.SERVICE).secret());
        assertThat(source.lookUp(unknown)).isInstanceOf(Verdict.Unavailable.class);
        assertThat(source.verify(unknown).toCompletableFuture().join()).isInstanceOf(Verdict.Unavailable.class);
        assertThat(source.lookUp(digest(first.operator()))).isInstanceOf(Verdict.Valid.class);

        source.complete();

        assertThat(source.lookUp(unknown)).isEqualTo(new Verdict.Invalid("unknown"));
    }
}
