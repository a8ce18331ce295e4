package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import dev.pocketagent.registry.pocketbase.Finding.Kind;
import dev.pocketagent.registry.pocketbase.Reconciliation.Decision;
import dev.pocketagent.registry.tenant.TenantState;

/** What goes which way between a record and its tenant. */
class ReconciliationTest extends ReconciliationTestBase {

    @Test
    void changesOfTheRecordReachTheTenant() {
        linked("acme");
        record("r1", "name", "Acme Ltd", "plan", "gold", "state", "paused");
        Decision decision = decide();
        assertThat(actions(decision)).containsExactlyInAnyOrder(new Action.Rename("Acme", "Acme Ltd"),
                new Action.MovePlan("team", "business"), new Action.Suspend());
        carryOut(decision);
        record("r1", "state", "active");
        assertThat(actions(decide())).containsExactly(new Action.Resume());
    }

    @Test
    void aChangedStateIsWrittenInPocketBasesWordsAndOtherChangesAreOnlyDrift() {
        linked("acme");
        here(Part.STATE, "suspended");
        here(Part.PLAN, "business");
        Decision decision = decide();
        assertThat(actions(decision)).isEmpty();
        assertThat(decision.items().getFirst().write()).containsExactly(Map.entry("state", "paused"));
        assertThat(findings(decision)).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.DRIFT);
            assertThat(finding.field()).isEqualTo("plan");
        });
        mapping = new Mapping(MAPPING.names(), MAPPING.externalIds(), MAPPING.states(), MAPPING.plans(), null,
                Set.of(Part.values()));
        assertThat(decide().items().getFirst().write()).containsOnly(Map.entry("state", "paused"),
                Map.entry("plan", "gold"));
    }

    @Test
    void aStateThatTheFieldCannotHoldIsDriftAndNoFailingWrite() {
        linked("acme");
        here(Part.STATE, "deleting");
        Decision decision = decide();
        assertThat(decision.items().getFirst().write()).isEmpty();
        assertThat(findings(decision)).singleElement().extracting(Finding::reason).asString()
                .contains("takes no word for 'deleting'");
    }

    @ParameterizedTest
    @EnumSource(Conflict.class)
    void whoWinsWhenBothChangedIsThePolicys(Conflict wanted) {
        linked("acme");
        policy = wanted;
        here(Part.STATE, "suspended");
        here(Part.NAME, "Here");
        record("r1", "state", "gone", "name", "There");
        // "gone" against "suspended": the record's word would delete, which nobody wins.
        record("r1", "state", "active");
        links.replaceAll((id, link) -> new Link(id, link.recordId(), link.record().with(Part.STATE, "deleted"),
                link.tenant(), link.written()));
        Decision decision = decide();
        switch (wanted) {
            case REPORT -> {
                assertThat(actions(decision)).isEmpty();
                assertThat(findings(decision)).extracting(Finding::kind).containsExactly(Kind.CONFLICT, Kind.CONFLICT);
                assertThat(decision.items().getFirst().write()).containsOnlyKeys("last_error");
            }
            case POCKETBASE_WINS -> {
                assertThat(actions(decision)).containsExactlyInAnyOrder(new Action.Rename("Here", "There"),
                        new Action.Resume());
                assertThat(decision.items().getFirst().write()).isEmpty();
            }
            case REGISTRY_WINS -> {
                assertThat(actions(decision)).isEmpty();
                assertThat(decision.items().getFirst().write()).containsExactly(Map.entry("state", "paused"));
                assertThat(findings(decision)).singleElement().extracting(Finding::field).isEqualTo("name");
            }
        }
    }

    @Test
    void aConflictStaysUntilBothAreEqualAndThenTheRecordIsToldThatAllIsWell() {
        linked("acme");
        here(Part.NAME, "Here");
        record("r1", "name", "There");
        carryOut(decide());
        assertThat(records.get("r1").get("last_error")).contains("both changed");
        assertThat(findings(decide())).extracting(Finding::kind).containsExactly(Kind.CONFLICT);
        here(Part.NAME, "There");
        carryOut(decide());
        assertThat(records.get("r1")).containsEntry("last_error", "");
        record("r1", "name", "Third");
        assertThat(actions(decide())).containsExactly(new Action.Rename("There", "Third"));
    }

    @Test
    void anEmptyListTouchesNobody() {
        for (int i = 0; i < 20; i++) {
            record("r" + i, "slug", "t" + i, "plan", "team", "state", i % 2 == 0 ? "active" : "paused");
        }
        carryOut(decide());
        records.clear();
        for (Conflict each : Conflict.values()) {
            policy = each;
            Decision decision = decide();
            assertThat(decision.items()).isEmpty();
            assertThat(decision.missing()).hasSize(20);
        }
    }

    /** PocketBase's texts are read without blanks at their ends. */
    @Test
    void blanksAtTheEndsOfOurTextsMakeNoEndlessWrites() {
        linked("acme");
        tenants.replaceAll((id, tenant) -> new LocalTenant(id, tenant.slug(), tenant.name(), tenant.plan(),
                tenant.state(), Map.of(PROJECT, " abc "), tenant.version()));
        carryOut(decide());
        assertThat(records.get("r1")).containsEntry(PROJECT, "abc");
        assertThat(decide().items().getFirst().write()).isEmpty();
        // At some of these lengths the error is cut right behind a blank.
        for (int length = 430; length < 490; length++) {
            record("r2", "slug", "acme2", "plan", "x".repeat(length));
            carryOut(decide());
            assertThat(decide().items()).allSatisfy(item -> assertThat(item.write()).isEmpty());
        }
    }

    @Test
    void externalIdsAreWrittenAndWhatOthersFilledInIsLeft() {
        linked("acme");
        record("r1", PROJECT, "by hand");
        assertThat(decide().items().getFirst().write()).as("the tenant has none").isEmpty();
        tenants.replaceAll((id, old) -> new LocalTenant(id, old.slug(), old.name(), old.plan(), old.state(),
                Map.of(PROJECT, "uuid-1", "other", "x"), 1));
        assertThat(decide().items().getFirst().write()).containsExactly(Map.entry(PROJECT, "uuid-1"));
        carryOut(decide());
        record("r1", PROJECT, "overwritten");
        assertThat(findings(decide())).singleElement().extracting(Finding::field).isEqualTo(PROJECT);
        carryOut(decide());
        assertThat(records.get("r1")).containsEntry(PROJECT, "uuid-1");
        tenants.replaceAll((id, old) -> new LocalTenant(id, old.slug(), old.name(), old.plan(), old.state(), Map.of(),
                2));
        carryOut(decide());
        assertThat(records.get("r1")).as("we wrote it, so we empty it").containsEntry(PROJECT, "");
    }

    @Test
    void aTenantThatIsBeingDeletedDoesNotFollow() {
        linked("acme");
        here(Part.STATE, "deleting");
        record("r1", "plan", "gold", "name", "New", "state", "paused");
        policy = Conflict.POCKETBASE_WINS;
        assertThat(actions(decide())).isEmpty();
    }

    @Test
    void fieldsThatTheCollectionLacksAreNeitherReadNorWritten() {
        collection = new Collection(Map.of("slug", TEXT, "plan", TEXT));
        record("r1", "slug", "acme", "plan", "team", "state", "paused", "name", "Ignored");
        Decision decision = decide();
        assertThat(actions(decision)).containsExactly(new Action.Create("acme", "acme", "team", false));
        assertThat(decision.items().getFirst().write()).isEmpty();
    }

    /** Whatever happens on both sides: carrying out a decision leaves nothing to do, and nobody is ever deleted. */
    @Test
    void carryingOutLeavesNothingToDo() {
        Random random = new Random(42);
        for (int round = 0; round < 400; round++) {
            records.clear();
            tenants.clear();
            links.clear();
            policy = Conflict.values()[round % 3];
            mapping = new Mapping(MAPPING.names(), MAPPING.externalIds(), MAPPING.states(), MAPPING.plans(),
                    random.nextBoolean() ? "starter" : null,
                    random.nextBoolean() ? Set.of(Part.values()) : Set.of(Part.STATE));
            for (int step = 0; step < 8; step++) {
                disturb(random);
                int before = tenants.size();
                carryOut(decide());
                assertThat(tenants).hasSizeGreaterThanOrEqualTo(before);
                assertThat(tenants.values()).noneMatch(tenant -> tenant.state() == TenantState.DELETED);
                Decision again = decide();
                assertThat(actions(again)).as("round %d, step %d", round, step).isEmpty();
                assertThat(again.items()).allSatisfy(item -> assertThat(item.write()).isEmpty());
            }
        }
    }

    private void disturb(Random random) {
        List<String> words = new ArrayList<>(List.of("", "active", "paused", "gone", "suspended", "asleep"));
        for (int i = 0; i < 4; i++) {
            String id = "r" + random.nextInt(6);
            switch (random.nextInt(7)) {
                case 0 -> record(id, "slug", "t" + random.nextInt(6));
                case 1 -> record(id, "state", words.get(random.nextInt(words.size())));
                case 2 -> record(id, "plan", List.of("", "gold", "team", "nix").get(random.nextInt(4)));
                case 3 -> record(id, "name", List.of("", "A", "B").get(random.nextInt(3)));
                case 4 -> records.remove(id);
                case 5 -> tenants.replaceAll((key, old) -> random.nextInt(3) > 0
                        ? old
                        : old.with(Part.STATE, List.of("active", "suspended", "deleting").get(random.nextInt(3))));
                default -> tenants.replaceAll((key, old) -> random.nextInt(3) > 0
                        ? old
                        : old.with(Part.PLAN, List.of("starter", "team", "business").get(random.nextInt(3))));
            }
        }
    }
}
