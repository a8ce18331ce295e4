package dev.pocketagent.registry.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.registry.RegistryTestBase;
import io.quarkus.test.junit.QuarkusTest;

@QuarkusTest
class PlanTest extends RegistryTestBase {

    @Inject
    Plans plans;

    private static Map<String, Object> figures() {
        Map<String, Object> figures = new HashMap<>(Map.of("stacks", 3, "cpuMillis", 3000, "memoryMib", 6144, "diskMib",
                1024, "volumes", 3, "keys", 5, "sources", 1));
        figures.putAll(Map.of("requestsPerMinute", 60, "tokensPerMinute", 1000, "monthlyBudgetMicros", 5_000_000_000L,
                "models", List.of("*"), "templates", List.of("web"), "dailyBackup", true, "backupRetentionDays", 3));
        return figures;
    }

    /** Behind the four that are shipped, which other tests look at. */
    private String newPlan(boolean overridable) {
        String name = newSlug();
        operator().body(Map.of("limits", figures(), "rank", 1000, "overridable", overridable))
                .post("/api/v1/plans/" + name + "/versions").then().statusCode(201);
        return name;
    }

    @Test
    void aNewVersionChangesWhatItNamesAndLeavesTenantsOnTheirs() {
        // Given
        String plan = newPlan(false);
        Made tenant = newTenant(plan);
        // When
        var made = operator().body(Map.of("limits", Map.of("stacks", 4), "rank", 1001))
                .post("/api/v1/plans/" + plan + "/versions");
        // Then
        made.then().statusCode(201).body("name", equalTo(plan), "version", equalTo(2), "rank", equalTo(1001),
                "overridable", is(false), "createdAt", notNullValue(), "limits.stacks", equalTo(4), "limits.memoryMib",
                equalTo(6144), "limits.monthlyBudgetMicros", equalTo(5_000_000_000L), "limits.backupRetentionDays",
                equalTo(3));
        assertThat(made.header("Location")).endsWith("/api/v1/plans/" + plan + "/versions/2");
        operator().get("/api/v1/plans/" + plan).then().body("version", equalTo(2));
        operator().get("/api/v1/plans/" + plan + "/versions/1").then().statusCode(200).body("limits.stacks",
                equalTo(3), "rank", equalTo(1000));
        operator().get("/api/v1/plans/" + plan + "/versions").then().statusCode(200)
                .body("items.version", equalTo(List.of(2, 1)), "nextCursor", nullValue());
        String next = operator().get("/api/v1/plans/" + plan + "/versions?limit=1").then()
                .body("items.version", equalTo(List.of(2))).extract().path("nextCursor");
        operator().get("/api/v1/plans/" + plan + "/versions?limit=1&cursor=" + next).then().body("items.version",
                equalTo(List.of(1)));
        operator().get("/api/v1/tenants/" + tenant.id()).then().body("planVersion", equalTo(1));
        operator().get("/api/v1/audit?limit=200").then().body("items.findAll { it.action == 'plan.create' }.target",
                hasItems("plan/" + plan + "@1", "plan/" + plan + "@2"));
    }

    @Test
    void badFiguresAreRefusedAndNothingIsAdded() {
        String plan = newSlug();
        String path = "/api/v1/plans/" + plan + "/versions";
        operator().body(Map.of("limits", Map.of("stacks", 1))).post(path).then().statusCode(400)
                .body("errors.pointer", hasItems("/limits/cpuMillis", "/limits/models", "/rank"));
        for (Map.Entry<String, Object> bad : Map.<String, Object>of("stacks", -1, "memoryMib", 1_000_000_001, "models",
                List.of("a b"), "templates", List.of("UPPER"), "backupRetentionDays", 0, "dailyBackup", false)
                .entrySet()) {
            Map<String, Object> figures = figures();
            figures.put(bad.getKey(), bad.getValue());
            operator().body(Map.of("limits", figures, "rank", 1)).post(path).then().statusCode(400).body(
                    "errors[0].pointer", bad.getKey().equals("dailyBackup")
                            ? equalTo("/limits/backupRetentionDays")
                            : containsString("/limits/" + bad.getKey()));
        }
        operator().body("{\"limits\":{\"stack\":1}}").post(path).then().statusCode(400).body("errors[0].pointer",
                equalTo("/limits/stack"));
        operator().body("{\"limits\":{\"models\":[null]}}").post(path).then().statusCode(400);
        operator().body(Map.of("limits", figures(), "rank", -1)).post(path).then().statusCode(400)
                .body("errors[0].pointer", equalTo("/rank"));
        operator().body(Map.of("limits", figures(), "rank", 1)).post("/api/v1/plans/UP/versions").then()
                .statusCode(400);
        operator().get("/api/v1/plans/" + plan).then().statusCode(404);
        operator().get(path).then().statusCode(404);
        operator().get("/api/v1/plans/team/versions/0").then().statusCode(404);
        operator().get("/api/v1/plans/team/versions/99").then().statusCode(404);
        operator().get("/api/v1/plans/team/versions?cursor=AAAA").then().statusCode(400);
        operator().body("{}").post("/api/v1/plans/team/versions").then().statusCode(409);
        operator().get("/api/v1/plans/team").then().body("version", equalTo(2));
    }

    @Test
    void parallelVersionsGetNumbersOfTheirOwn() throws Exception {
        // Given
        String plan = newPlan(false);
        List<Future<Integer>> answers = new ArrayList<>();
        // When
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 8; i++) {
                int keys = 100 + i;
                answers.add(pool.submit(() -> operator().body(Map.of("limits", Map.of("keys", keys)))
                        .post("/api/v1/plans/" + plan + "/versions").then().statusCode(201).extract()
                        .path("version")));
            }
        }
        // Then
        List<Integer> versions = new ArrayList<>();
        for (Future<Integer> answer : answers) {
            versions.add(answer.get());
        }
        assertThat(versions).containsExactlyInAnyOrder(2, 3, 4, 5, 6, 7, 8, 9);
    }

    @Test
    void aRepeatedRequestMakesNoSecondVersion() {
        String plan = newPlan(false);
        String key = UUID.randomUUID().toString();
        for (int i = 0; i < 2; i++) {
            operator().header("Idempotency-Key", key).body(Map.of("limits", Map.of("keys", 9)))
                    .post("/api/v1/plans/" + plan + "/versions").then().statusCode(201).body("version", equalTo(2));
        }
    }

    @Test
    void aTenantsOwnLimitsStandInPlaceOfThePlans() {
        PlanLimits plan = plans.pinned("sovereign", 1);
        PlanLimits own = plans.effective("sovereign", 1, "{\"stacks\":60,\"models\":[\"a\"],\"unknown\":1}");
        assertThat(own.stacks()).isEqualTo(60);
        assertThat(own.models()).containsExactly("a");
        assertThat(own.memoryMib()).isEqualTo(plan.memoryMib());
        assertThat(plans.effective("sovereign", 1, null)).isEqualTo(plan);
        LimitOverrides overrides = LimitOverrides.parse("{\"dailyBackup\":false,\"monthlyBudgetMicros\":7}");
        assertThat(overrides.json()).isEqualTo("{\"monthlyBudgetMicros\":7,\"dailyBackup\":false}");
        assertThat(LimitOverrides.parse("{}").none()).isTrue();
    }
}
