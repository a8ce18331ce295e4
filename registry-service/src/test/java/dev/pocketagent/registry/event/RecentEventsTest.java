package dev.pocketagent.registry.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.in;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.event.RecentEvents.Filter;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** The feed's newest events with their filters, and what each filter costs. */
@Tag("slow")
@QuarkusTest
class RecentEventsTest extends RegistryTestBase {

    private static final String PATH = "/api/v1/events/recent";

    @Inject
    RowScope rows;
    @Inject
    Sql sql;

    /** Makes a tenant with six events, and tells their types, newest first. */
    private List<String> happen(Made tenant) {
        keyOf(tenant, Roles.AGENT);
        String path = "/api/v1/tenants/" + tenant.id();
        operator().body(Map.of("reason", "unpaid")).post(path + "/suspend").then().statusCode(200);
        operator().body(Map.of("reason", "paid")).post(path + "/resume").then().statusCode(200);
        operator().header("If-Match", "*").body(Map.of("name", "Renamed")).patch(path).then().statusCode(200);
        keyOf(tenant, Roles.AGENT);
        return List.of("key.created", "tenant.updated", "tenant.resumed", "tenant.suspended", "key.created",
                "tenant.created");
    }

    private static List<String> types(Response page) {
        return page.then().statusCode(200).extract().path("items.type");
    }

    @Test
    void theNewestComeFirstAndNamedWhoeverTheyAreAbout() {
        // Given
        Made tenant = newTenant("team");
        List<String> happened = happen(tenant);
        int end = operator().get("/api/v1/events?after=latest").path("next");
        // When
        Response page = operator().get(PATH + "?limit=200");
        // Then
        List<Integer> places = page.path("items.seq");
        assertThat(places).isSortedAccordingTo(Collections.reverseOrder()).hasSizeGreaterThan(5);
        assertThat(places.getFirst()).isGreaterThanOrEqualTo(end);
        List<Map<String, Object>> items = page.path("items");
        assertThat(items).filteredOn(item -> tenant.id().toString().equals(item.get("tenantId")))
                .allSatisfy(item -> assertThat(item).containsEntry("tenantSlug", tenant.slug()))
                .extracting(item -> item.get("type")).isEqualTo(happened);
    }

    @Test
    void filtersLetThroughWhatTheyNameAloneAndTogether() {
        // Given
        Made tenant = newTenant("team");
        List<String> happened = happen(tenant);
        Made other = newTenant("team");
        String mine = "tenant=" + tenant.id();
        Instant resumed = Instant.parse(operator().get(PATH + "?type=tenant.resumed&" + mine).path("items[0].at"));
        // When, then
        assertThat(types(operator().get(PATH + "?" + mine))).isEqualTo(happened);
        assertThat(types(operator().get(PATH + "?" + mine + "&type=key.created&type=tenant.created")))
                .containsExactly("key.created", "key.created", "tenant.created");
        assertThat(types(operator().get(PATH + "?" + mine + "&type=key.*&from=" + resumed)))
                .containsExactly("key.created");
        assertThat(types(operator().get(PATH + "?" + mine + "&from=" + resumed))).isEqualTo(happened.subList(0, 3));
        Response ofTypes = operator().get(PATH + "?type=tenant.created&type=tenant.resumed&limit=200");
        ofTypes.then().body("items.type", everyItem(in(List.of("tenant.created",
                "tenant.resumed"))));
        assertThat(ofTypes.<List<Integer>>path("items.seq")).isSortedAccordingTo(Collections.reverseOrder());
        assertThat(ofTypes.<List<String>>path("items.tenantId")).contains(tenant.id().toString(),
                other.id().toString());
        Response since = operator().get(PATH + "?limit=200&from=" + resumed);
        assertThat(since.<List<String>>path("items.at")).allSatisfy(
                at -> assertThat(Instant.parse(at)).isAfterOrEqualTo(resumed));
        assertThat(since.<List<Map<String, Object>>>path("items"))
                .filteredOn(item -> tenant.id().toString().equals(item.get("tenantId")))
                .extracting(item -> item.get("type")).isEqualTo(happened.subList(0, 3));
        assertThat(types(operator().get(PATH + "?type=tenant.*&from=" + Instant.now().plusSeconds(60)))).isEmpty();
    }

    @Test
    void aCursorGoesOnWithoutGapsOrRepeatsWhileEventsAreAdded() {
        Made tenant = newTenant("team");
        happen(tenant);
        for (String filter : List.of("?tenant=" + tenant.id(), "?type=tenant.*&type=key.*",
                "?from=2020-01-01T00:00:00Z")) {
            // Given
            List<Integer> wanted = operator().get(PATH + filter + "&limit=9").path("items.seq");
            // When
            List<Integer> read = new ArrayList<>();
            String cursor = "";
            while (cursor != null && read.size() < wanted.size()) {
                Response page = operator().get(PATH + filter + "&limit=3" + cursor);
                page.then().statusCode(200);
                read.addAll(page.path("items.seq"));
                keyOf(tenant, Roles.AGENT);
                String next = page.path("nextCursor");
                cursor = next == null ? null : "&cursor=" + next;
            }
            // Then
            assertThat(read).as(filter).isEqualTo(wanted);
        }
    }

    @Test
    void aTypeThatDoesNotExistIsRefusedWithThoseThatDo() {
        for (String unknown : List.of("tenant.suspend", "tenants.*", "tenant*", "*", "key.created&type=nonsense")) {
            operator().get(PATH + "?type=" + unknown).then().statusCode(400).body("code", equalTo("invalid_input"),
                    "errors[0].pointer", equalTo("?type"), "errors[0].detail", containsString("tenant.suspended"),
                    "errors[0].detail", containsString("audit.*, key.*, plan.*, tenant.*"));
        }
        Map.of("tenant=acme", "?tenant", "type=", "?type", "from=yesterday", "?from", "limit=201", "?limit",
                "cursor=AAAA", "?cursor",
                "after=1", "?after").forEach(
                        (query, pointer) -> operator().get(PATH + "?" + query).then()
                                .statusCode(400).body("errors[0].pointer", equalTo(pointer)));
        String ofAll = operator().get(PATH + "?limit=1").path("nextCursor");
        operator().get(PATH + "?tenant=" + UUID.randomUUID() + "&cursor=" + ofAll).then().statusCode(400)
                .body("errors[0].pointer", equalTo("?cursor"));
    }

    @Test
    void everyFilterIsServedByAnIndex() {
        // Given: plans as for a million events, as far as few can show them
        UUID id = UUID.randomUUID();
        Map<Filter, String> indexes = Map.of(new Filter(null, List.of(), null), "event_seq_key",
                new Filter(null, List.of(), Instant.EPOCH), "event_seq_key",
                new Filter(null, List.of("tenant.created", "key.created"), null), "event_type_seq",
                new Filter(null, List.of("tenant.created"), Instant.EPOCH), "event_type_seq",
                new Filter(id, List.of(), null), "event_of_tenant",
                new Filter(id, List.of("tenant.created"), Instant.EPOCH), "event_of_tenant");
        indexes.forEach((filter, index) -> {
            // When
            String plan = plan(RecentEvents.question(filter, 10, 1000, 51));
            // Then
            assertThat(plan).as(filter.toString()).contains("using " + index).contains("Index Cond")
                    .doesNotContain("Seq Scan on event");
        });
        assertThat(plan(new RecentEvents.Query(RecentEvents.LAST_BEFORE,
                List.of(Instant.now().atOffset(ZoneOffset.UTC))))).contains("using event_at ").contains("Index Cond");
    }

    private String plan(RecentEvents.Query question) {
        return rows.inAllTenants(() -> {
            sql.keepToIndexes();
            return explained("explain " + question.text(), question);
        });
    }

    private String explained(String text, RecentEvents.Query question) {
        return sql.run(connection -> {
            try (var explain = connection.prepareStatement(text)) {
                for (int i = 0; i < question.values().size(); i++) {
                    Object value = question.values().get(i);
                    explain.setObject(i + 1, value instanceof List<?> texts
                            ? connection.createArrayOf("text", texts.toArray())
                            : value);
                }
                StringBuilder plan = new StringBuilder();
                try (var lines = explain.executeQuery()) {
                    while (lines.next()) {
                        plan.append(lines.getString(1)).append('\n');
                    }
                }
                return plan.toString();
            }
        });
    }
}
