package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.registry.pocketbase.Collection.Field;
import dev.pocketagent.registry.pocketbase.Finding.Kind;
import dev.pocketagent.registry.pocketbase.Reconciliation.Decision;
import dev.pocketagent.registry.tenant.TenantState;

class ReconciliationTest {

    private static final Set<String> PLANS = Set.of("starter", "team", "business");
    private static final String PROJECT = "coolify_project_uuid";
    private static final Mapping MAPPING = new Mapping(
            new Mapping.Names("slug", "name", "plan", "state", "tenant_id", "last_error"), Map.of(PROJECT, PROJECT),
            Map.of("paused", TenantState.SUSPENDED, "gone", TenantState.DELETED), Map.of("gold", "business"), null,
            Set.of(Part.STATE));
    private static final Field TEXT = new Field("text", List.of());
    private static final Collection COLLECTION = new Collection(Map.of("slug", TEXT, "name", TEXT, "plan", TEXT,
            "state", new Field("select", List.of("active", "paused", "gone")), "tenant_id", TEXT, "last_error", TEXT,
            PROJECT, TEXT));

    private final Map<String, Map<String, String>> records = new HashMap<>();
    private final Map<UUID, LocalTenant> tenants = new HashMap<>();
    private final Map<UUID, Link> links = new HashMap<>();
    private Conflict policy = Conflict.REPORT;
    private Mapping mapping = MAPPING;
    private Collection collection = COLLECTION;
    private boolean create = true;
    private Set<String> erased = Set.of();

    private void record(String id, String... fieldsAndTexts) {
        Map<String, String> fields = records.computeIfAbsent(id, unused -> new HashMap<>());
        for (int i = 0; i < fieldsAndTexts.length; i += 2) {
            fields.put(fieldsAndTexts[i], fieldsAndTexts[i + 1]);
        }
    }

    private LocalTenant tenant(String slug, String name, String plan, TenantState state) {
        LocalTenant tenant = new LocalTenant(UUID.randomUUID(), slug, name, plan, state, Map.of(), 0);
        tenants.put(tenant.id(), tenant);
        return tenant;
    }

    private RemoteRecord read(String id) {
        Map<String, String> fields = new HashMap<>(records.get(id));
        fields.put("id", id);
        return mapping.read(new ObjectMapper().valueToTree(fields), collection, PLANS);
    }

    private Decision decide() {
        return new Reconciliation(mapping, collection, policy, create).all(
                records.keySet().stream().sorted().map(this::read).toList(), List.copyOf(tenants.values()),
                List.copyOf(links.values()), erased);
    }

    /** Does what was decided, as the bridge does it, in memory. */
    private void carryOut(Decision decision) {
        for (Item item : decision.items()) {
            LocalTenant tenant = item.tenant();
            for (Action action : item.actions()) {
                tenant = switch (action) {
                    case Action.Create(String slug, String name, String plan, boolean suspended) ->
                        tenant(slug, name, plan, suspended ? TenantState.SUSPENDED : TenantState.ACTIVE);
                    case Action.Adopt(UUID id) -> tenants.get(id);
                    case Action.Rename(String from, String to) -> tenant.with(Part.NAME, to);
                    case Action.MovePlan(String from, String to) -> tenant.with(Part.PLAN, to);
                    case Action.Suspend suspend -> tenant.with(Part.STATE, "suspended");
                    case Action.Resume resume -> tenant.with(Part.STATE, "active");
                };
            }
            Map<String, String> write = new HashMap<>(item.write());
            Map<String, String> written = new HashMap<>(item.afterWrite().written());
            if (tenant != null) {
                String id = tenant.id().toString();
                write.computeIfPresent("tenant_id", (field, text) -> id);
                written.computeIfPresent("tenant_id", (field, text) -> id);
                tenants.put(tenant.id(), tenant);
                if (item.findings().stream().noneMatch(finding -> finding.kind() == Kind.BAD)) {
                    UUID key = tenant.id();
                    links.values().removeIf(link -> link.recordId().equals(item.of().id()));
                    links.put(key, new Link(key, item.of().id(), item.afterWrite().record(), item.afterWrite().tenant(),
                            written));
                }
            }
            records.get(item.of().id()).putAll(write);
        }
    }

    private static List<Action> actions(Decision decision) {
        return decision.items().stream().flatMap(item -> item.actions().stream()).toList();
    }

    private static List<Finding> findings(Decision decision) {
        return decision.items().stream().flatMap(item -> item.findings().stream()).toList();
    }

    private void linked(String slug) {
        record("r1", "slug", slug, "name", "Acme", "plan", "team", "state", "active");
        carryOut(decide());
        assertThat(decide().items()).allSatisfy(item -> {
            assertThat(item.actions()).isEmpty();
            assertThat(item.write()).isEmpty();
        });
    }

    private LocalTenant only() {
        assertThat(tenants).hasSize(1);
        return tenants.values().iterator().next();
    }

    private void here(Part part, String value) {
        tenants.replaceAll((id, tenant) -> tenant.with(part, value));
    }

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
