package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.pocketagent.registry.pocketbase.Finding.Kind;
import dev.pocketagent.registry.pocketbase.Reconciliation.Decision;
import dev.pocketagent.registry.tenant.TenantState;

/** Which record gets a tenant, and which one. */
class ReconciliationLinksTest extends ReconciliationTestBase {

    @Test
    void aNewRecordBecomesATenantAndIsToldItsId() {
        record("r1", "slug", "acme", "name", "Acme", "plan", "gold", "state", "paused");
        Decision decision = decide();
        assertThat(actions(decision)).containsExactly(new Action.Create("acme", "Acme", "business", true));
        carryOut(decision);
        assertThat(records.get("r1")).containsEntry("tenant_id", only().id().toString());
        assertThat(actions(decide())).isEmpty();
        assertThat(decide().items().getFirst().write()).isEmpty();
    }

    @Test
    void withoutAPlanTheDefaultIsTakenAndWithoutThatTheRecordIsReported() {
        record("r1", "slug", "acme");
        assertThat(findings(decide())).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.BAD);
            assertThat(finding.field()).isEqualTo("plan");
        });
        mapping = new Mapping(MAPPING.names(), MAPPING.externalIds(), MAPPING.states(), MAPPING.plans(), "starter",
                MAPPING.writeBack());
        Decision decision = decide();
        assertThat(actions(decision)).containsExactly(new Action.Create("acme", "acme", "starter", false));
        carryOut(decision);
        assertThat(records.get("r1")).as("a silent record is told the state").containsEntry("state", "active");
        record("r1", "plan", "team");
        assertThat(actions(decide())).containsExactly(new Action.MovePlan("starter", "team"));
    }

    @Test
    void noTenantIsMadeForARecordThatIsGoneNorWhenMakingIsOffNorAfterAnErasedOne() {
        record("r1", "slug", "acme", "plan", "team", "state", "gone");
        assertThat(actions(decide())).isEmpty();
        assertThat(findings(decide())).singleElement().extracting(Finding::kind).isEqualTo(Kind.DRIFT);
        record("r1", "state", "active");
        create = false;
        assertThat(actions(decide())).isEmpty();
        create = true;
        erased = Set.of("r1");
        assertThat(actions(decide())).isEmpty();
        assertThat(findings(decide())).singleElement().extracting(Finding::kind).isEqualTo(Kind.BAD);
        erased = Set.of();
        assertThat(actions(decide())).hasSize(1);
    }

    @Test
    void aTenantWithTheSameSlugIsAdoptedAndWhatDiffersIsAConflict() {
        LocalTenant there = tenant("acme", "Acme", "starter", TenantState.ACTIVE);
        record("r1", "slug", "acme", "name", "Acme", "plan", "team", "state", "active");
        Decision decision = decide();
        assertThat(actions(decision)).containsExactly(new Action.Adopt(there.id()));
        assertThat(findings(decision)).singleElement().extracting(Finding::kind).isEqualTo(Kind.CONFLICT);
        policy = Conflict.POCKETBASE_WINS;
        assertThat(actions(decide())).containsExactly(new Action.Adopt(there.id()),
                new Action.MovePlan("starter", "team"));
    }

    @Test
    void badRecordsAreNamedByFieldAndTheRestGoesOn() {
        record("r1", "slug", "Not A Slug", "plan", "team");
        record("r2", "slug", "twice", "plan", "team");
        record("r3", "slug", "twice", "plan", "team");
        record("r4", "slug", "fine", "plan", "team");
        record("r5", "slug", "wrong", "plan", "platinum", "state", "asleep", "name", "x".repeat(101));
        record("r6", "slug", "stranger", "plan", "team", "tenant_id", UUID.randomUUID().toString());
        Decision decision = decide();
        assertThat(actions(decision)).containsExactly(new Action.Create("fine", "fine", "team", false));
        assertThat(findings(decision)).extracting(Finding::kind).containsOnly(Kind.BAD);
        assertThat(findings(decision)).extracting(Finding::field).containsExactly("slug", "slug", "slug", "name",
                "plan",
                "state", "tenant_id");
        carryOut(decision);
        assertThat(records.get("r5").get("last_error")).contains("platinum").contains("asleep");
        assertThat(records.get("r4")).doesNotContainKey("last_error");
        assertThat(decide().items()).allSatisfy(item -> assertThat(item.write()).isEmpty());
    }

    @Test
    void controlCharactersMakeARecordBadAndGoNoFurther() {
        record("r1", "slug", "a\0b", "name", "A\nB", "plan", "te\0am", "state", "act\0ive", "tenant_id", "i\0d",
                PROJECT, "p\0");
        Decision decision = decide();
        assertThat(actions(decision)).isEmpty();
        assertThat(findings(decision)).extracting(Finding::kind).containsOnly(Kind.BAD);
        assertThat(findings(decision)).extracting(Finding::field).contains("slug", "name", "plan", "state", "tenant_id",
                PROJECT);
        carryOut(decision);
        assertThat(decision.toString()).doesNotContainPattern("\\p{Cntrl}");
        record("r2", "slug", "acme", "name", "Acme", "plan", "team", "state", "active", "last_error", "two\nlines");
        Decision other = decide();
        assertThat(actions(other)).as("its text about errors is ours").hasSize(1);
        carryOut(other);
        assertThat(records.get("r2")).containsEntry("last_error", "");
        assertThat(decide().items()).allSatisfy(item -> assertThat(item.write()).isEmpty());
    }

    @Test
    void aCopyOfALinkedRecordDoesNotGetTheTenant() {
        linked("acme");
        records.put("r2", new HashMap<>(records.get("r1")));
        record("r2", "plan", "gold");
        Decision decision = decide();
        assertThat(actions(decision)).isEmpty();
        assertThat(findings(decision)).singleElement().extracting(Finding::kind).isEqualTo(Kind.BAD);
    }

    @Test
    void aRecordThatReplacesADeletedOneTakesItsTenantOver() {
        linked("acme");
        Map<String, String> fields = records.remove("r1");
        fields.remove("tenant_id");
        records.put("r2", fields);
        Decision decision = decide();
        assertThat(actions(decision)).containsExactly(new Action.Adopt(only().id()));
        assertThat(decision.missing()).isEmpty();
        carryOut(decision);
        assertThat(links.get(only().id()).recordId()).isEqualTo("r2");
    }

    @Test
    void aChangedSlugIsDriftAndMakesNoSecondTenant() {
        linked("acme");
        record("r1", "slug", "other");
        Decision decision = decide();
        assertThat(actions(decision)).isEmpty();
        assertThat(findings(decision)).singleElement().extracting(Finding::field).isEqualTo("slug");
    }
}
