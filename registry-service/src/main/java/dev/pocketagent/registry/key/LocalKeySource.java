package dev.pocketagent.registry.key;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.persistence.PersistenceException;

import dev.pocketagent.kit.auth.KeyInfo;
import dev.pocketagent.kit.auth.KeySource;
import dev.pocketagent.kit.auth.KeyVerifier;
import dev.pocketagent.kit.auth.Verdict;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.event.Published;
import dev.pocketagent.registry.plan.Plans;
import dev.pocketagent.registry.tenant.TenantState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Checks keys against our own database: for requests to the registry itself, and for the other services. */
@ApplicationScoped
public class LocalKeySource implements KeySource {

    private static final String VALID = "valid";
    private static final String UNKNOWN = "unknown";
    private static final Verdict.Invalid NOT_FOUND = new Verdict.Invalid(UNKNOWN);

    private final Sql sql;
    private final Plans plans;
    private final Schema schema;
    private final LastUse lastUse;
    private final KeyVerifier remembered;
    private final Clock clock;
    private final Map<String, Counter> counters;
    private volatile boolean complete;
    private final ExecutorService lookups = Executors.newVirtualThreadPerTaskExecutor();

    @Inject
    LocalKeySource(Sql sql, Plans plans, Schema schema, LastUse lastUse, KeyVerifier remembered, Clock clock,
            MeterRegistry meters) {
        this.sql = sql;
        this.plans = plans;
        this.schema = schema;
        this.lastUse = lastUse;
        this.remembered = remembered;
        this.clock = clock;
        this.counters = Stream.of(VALID, UNKNOWN, "revoked", "expired", Verdict.Invalid.TENANT_SUSPENDED,
                "tenant_deleted").collect(
                        Collectors.toMap(Function.identity(),
                                code -> Counter.builder("pocket.key.verifications")
                                        .description("Keys checked, by verdict")
                                        .tag("code", code).register(meters)));
    }

    @Override
    public CompletionStage<Verdict> verify(String sha256Hex) {
        if (!schema.ready()) {
            return CompletableFuture.completedStage(new Verdict.Unavailable("The database is not ready yet"));
        }
        // The caller may be an event loop, which must not wait for the database.
        return CompletableFuture.supplyAsync(() -> lookUp(sha256Hex), lookups)
                .exceptionally(e -> new Verdict.Unavailable(String.valueOf(e.getMessage())));
    }

    /**
     * From now on a key that is not stored is unknown. Before, while the keys that the platform was set up with are not
     * stored yet, it may be one of them: then nobody can tell, and 401 would be a lie that others remember.
     */
    public void complete() {
        complete = true;
    }

    /** Forgets at once what this process remembers of a key that changed here. Other replicas forget within 2 s. */
    void changed(@Observes(during = TransactionPhase.AFTER_SUCCESS) Published event) {
        UUID tenant = event.tenantId();
        if (event.data().get("keyId") instanceof String keyId) {
            remembered.evictKey(UUID.fromString(keyId));
        } else if (tenant != null) {
            remembered.evictTenant(tenant);
        }
    }

    /**
     * Checks a key now, with one query, the same for every key: what is known of it takes no other way than what is not.
     *
     * @param sha256Hex 64 hex digits
     * @throws PersistenceException when the database does not answer
     */
    Verdict lookUp(String sha256Hex) {
        byte[] digest = HexFormat.of().parseHex(sha256Hex);
        Verdict verdict = sql.run(connection -> find(connection, digest));
        if (!complete && verdict.equals(NOT_FOUND)) {
            return new Verdict.Unavailable("This service is starting: the first keys are not stored yet.");
        }
        String code = verdict instanceof Verdict.Invalid(String refusal) ? refusal : VALID;
        Counter counter = counters.get(code);
        if (counter != null) {
            counter.increment();
        }
        if (verdict instanceof Verdict.Valid(KeyInfo key)) {
            lastUse.note(key.keyId(), clock.instant());
        }
        return verdict;
    }

    private Verdict find(Connection connection, byte[] digest) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                select key_id, key_role, key_scopes, key_expires_at, key_revoked, of_tenant, tenant_slug, tenant_state,
                       tenant_plan, tenant_plan_version, tenant_overrides
                from check_key(?)""")) {
            query.setBytes(1, digest);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? verdict(row) : NOT_FOUND;
            }
        }
    }

    private Verdict verdict(ResultSet row) throws SQLException {
        String role = row.getString(2);
        Instant expiresAt = Sql.instant(row, 4);
        UUID tenantId = row.getObject(6, UUID.class);
        String state = row.getString(8);
        String refusal = KeyRules.refusal(row.getBoolean(5), expiresAt,
                state == null ? null : TenantState.ofText(state).orElseThrow(), clock.instant());
        if (refusal != null) {
            return new Verdict.Invalid(refusal);
        }
        Set<String> scopes = Set.copyOf(List.of((String[]) row.getArray(3).getArray()));
        return new Verdict.Valid(new KeyInfo(row.getObject(1, UUID.class), KeyRules.kind(role), role, scopes, tenantId,
                row.getString(7), state,
                tenantId == null ? null : plans.effective(row.getString(9), row.getInt(10), row.getString(11)),
                expiresAt));
    }
}
