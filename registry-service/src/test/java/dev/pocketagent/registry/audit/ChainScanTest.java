package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.SuperUser;
import io.quarkus.test.junit.QuarkusTest;

/** Chains read in pieces so small that every border falls everywhere, while others write. */
@QuarkusTest
class ChainScanTest extends RegistryTestBase {

    @Inject
    ChainScan scan;
    @Inject
    AuditLog audit;
    @Inject
    RowScope rows;
    @ConfigProperty(name = "pocket.db.url")
    String url;

    private void append(UUID tenant) {
        rows.inTenant(tenant, () -> audit.appendLasting(tenant, Actor.SYSTEM, "test.scan", "test", Map.of()));
    }

    private static UUID newId() {
        return Ids.next(Clock.systemUTC());
    }

    /** An id between those made before and those made from now on: within a millisecond they are in no order. */
    private static UUID border() throws InterruptedException {
        Thread.sleep(5);
        UUID border = newId();
        Thread.sleep(5);
        return border;
    }

    /** Only the chains of this test: others may have left ten thousands of rows, too many for pieces of one. */
    private Map<UUID, ChainCheck> scanned(UUID after, UUID upTo, int rowsAPiece) {
        Map<UUID, ChainCheck> found = new HashMap<>();
        scan.between(after, upTo, rowsAPiece,
                checked -> assertThat(found.put(checked.tenantId(), checked.chain())).as("twice").isNull());
        return found;
    }

    @Test
    void wholeChainsAreWholeInPiecesOfAnySizeWhileTheyGrow() throws Exception {
        // Given
        UUID before = border();
        List<UUID> tenants = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < 12; i++) {
            UUID tenant = newId();
            tenants.add(tenant);
            for (int row = 0; row < 1 + random.nextInt(9); row++) {
                append(tenant);
            }
        }
        UUID behind = border();
        AtomicBoolean writing = new AtomicBoolean(true);
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < 2; writer++) {
                Random choice = new Random(writer);
                writers.add(pool.submit(() -> {
                    while (writing.get()) {
                        append(choice.nextInt(20) == 0 ? newId() : tenants.get(choice.nextInt(tenants.size())));
                        // A chain that grows faster than such small pieces are read would never end.
                        Thread.sleep(10);
                    }
                    return null;
                }));
            }
            try {
                for (int rowsAPiece : List.of(1, 2, 3, 7, 50, 100_000)) {
                    // When
                    Map<UUID, ChainCheck> found = scanned(before, behind, rowsAPiece);
                    // Then
                    assertThat(found).containsKeys(tenants.toArray(UUID[]::new));
                    assertThat(found).allSatisfy((tenant, chain) -> assertThat(chain.firstBreak())
                            .as("pieces of %d", rowsAPiece).isNull());
                }
                Map<UUID, ChainCheck> all = new HashMap<>();
                scan.all(checked -> assertThat(all.put(checked.tenantId(), checked.chain())).as("twice").isNull(), 5);
                assertThat(all).containsKeys(tenants.toArray(UUID[]::new)).containsKey(AuditLog.PLATFORM);
                tenants.forEach(tenant -> assertThat(all.get(tenant).firstBreak()).isNull());
            } finally {
                writing.set(false);
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
    }

    @Test
    void breaksAreFoundWhereverTheBorderOfAPieceFalls() throws Exception {
        // Given
        UUID before = border();
        List<UUID> tenants = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            UUID tenant = newId();
            tenants.add(tenant);
            for (int row = 0; row < 6; row++) {
                append(tenant);
            }
        }
        UUID behind = border();
        SuperUser.run(url, "delete from audit_row where tenant_id = '" + tenants.get(0) + "' and seq = 3");
        SuperUser.run(url, "delete from audit_row where tenant_id = '" + tenants.get(1) + "' and seq > 4");
        SuperUser.run(url, "delete from audit_row where tenant_id = '" + tenants.get(2) + "'");
        SuperUser.run(url, "update audit_row set target = 'x' where tenant_id = '" + tenants.get(3) + "' and seq = 6");
        SuperUser.run(url, "delete from audit_head where tenant_id = '" + tenants.get(4) + "'");
        for (int rowsAPiece : List.of(1, 2, 3, 4, 5, 6, 7, 11, 1000)) {
            // When
            Map<UUID, ChainCheck> found = scanned(before, behind, rowsAPiece);
            // Then
            assertThat(tenants.stream().map(tenant -> found.get(tenant).firstBreak())).as("pieces of %d", rowsAPiece)
                    .containsExactly(new ChainCheck.Break(3, ChainCheck.Reason.ROW_MISSING),
                            new ChainCheck.Break(5, ChainCheck.Reason.END_WRONG),
                            new ChainCheck.Break(1, ChainCheck.Reason.END_WRONG),
                            new ChainCheck.Break(6, ChainCheck.Reason.ROW_CHANGED),
                            new ChainCheck.Break(1, ChainCheck.Reason.END_WRONG));
        }
    }

    @Test
    @Tag("slow")
    void oneLongChainIsCheckedOverTheBordersOfItsBatches() throws Exception {
        // Given: rows of three batches, and a break in the second
        UUID tenant = newId();
        rows.inTenant(tenant, () -> {
            for (int row = 0; row < 2_500; row++) {
                audit.appendLasting(tenant, Actor.SYSTEM, "test.scan", "test", Map.of());
            }
            return true;
        });
        List<ChainCheck.Break> breaks = new ArrayList<>();
        scan.one(tenant, checked -> breaks.add(checked.chain().firstBreak()));
        SuperUser.run(url, "update audit_row set target = 'x' where tenant_id = '" + tenant + "' and seq = 1700");
        // When
        scan.one(tenant, checked -> breaks.add(checked.chain().firstBreak()));
        // Then
        assertThat(breaks).containsExactly(null, new ChainCheck.Break(1700, ChainCheck.Reason.ROW_CHANGED));
    }
}
