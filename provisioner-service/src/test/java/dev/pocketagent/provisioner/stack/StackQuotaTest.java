package dev.pocketagent.provisioner.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.auth.Roles;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** The limits of a plan hold, for callers at the same moment too. */
@QuarkusTest
class StackQuotaTest extends StackApiTestBase {

    @Test
    void limitsOfThePlanHoldWithFigures() {
        // Given
        String small = registry.issue(Roles.TENANT_ADMIN, tenant, plan(1, 1000, 100, List.of("web")));
        finished(small, apply(small, "one", Map.of()));

        // When
        ValidatableResponse answer = apply(small, "two", Map.of());

        // Then
        answer.statusCode(409).body("code", equalTo("quota_exceeded"))
                .body("errors.pointer", equalTo(List.of("/stacks", "/memory")))
                .body("detail", containsString("memory limit 100 MiB, other stacks use 64, this one needs 64"));
        apply(small, "one", Map.of("memoryMib", 100)).statusCode(202);
        apply(small, "one", Map.of("memoryMib", 101)).statusCode(409);
        with(small).body(Map.of("name", "a", "template", "openclaw-agent", "parameters", Map.of())).post(STACKS).then()
                .statusCode(403)
                .body("code", equalTo("template_not_allowed"));
    }

    @Test
    void manyAtOnceNeverPassTheLimit() throws Exception {
        // Given
        String key = registry.issue(Roles.TENANT_ADMIN, tenant, plan(2, 100_000, 100_000, List.of("*")));

        // When
        List<Integer> codes;
        try (ExecutorService threads = Executors.newFixedThreadPool(10)) {
            List<Callable<Integer>> calls = IntStream.range(0, 30)
                    .mapToObj(i -> (Callable<Integer>) () -> apply(key, "s" + i, Map.of())
                            .extract().statusCode())
                    .toList();
            codes = threads.invokeAll(calls).stream().map(StackQuotaTest::result).toList();
        }

        // Then
        assertThat(codes).filteredOn(code -> code == 202).hasSize(2);
        assertThat(codes).filteredOn(code -> code == 409).hasSize(28);
    }

    @Test
    void theSameNameAtOnceIsOneStack() throws Exception {
        // When
        List<String> stacks;
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Callable<String>> calls = IntStream.range(0, 8)
                    .mapToObj(i -> (Callable<String>) () -> apply(admin, "same", Map.of(
                            "message", "m" + i)).statusCode(202).extract().path("stackId"))
                    .toList();
            stacks = threads.invokeAll(calls).stream().map(StackQuotaTest::result).toList();
        }

        // Then
        assertThat(stacks).containsOnly(stacks.getFirst());
        with(admin).get(STACKS).then().body("items", hasSize(1)).body("items[0].revision", equalTo(8));
    }

    private static PlanLimits plan(int stacks, int cpuMillis, int memoryMib, List<String> templates) {
        return new PlanLimits("small", 1, stacks, cpuMillis, memoryMib, 1024, 10, 10, 1, 60, 1000, 0, List.of("*"),
                templates, false, 0);
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
