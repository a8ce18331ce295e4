package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.FakeServices.Asked;
import dev.pocketagent.cli.output.Json;

class TenantCommandsTest extends CommandTestBase {

    private static final String QUOTA = """
            {"tenantId":"%s","plan":"team","planVersion":1,"overQuota":%s,"resources":{
            "stacks":{"limit":10,"used":2,"reserved":1,"available":7,"over":false},
            "memoryMib":{"limit":512,"used":640,"reserved":0,"available":0,"over":%s}}}""";

    private void quota(boolean over) {
        fake.on("GET " + tenantPath("/quota"), Answer.json(200, QUOTA.formatted(ID, over, over)));
    }

    @Test
    void shouldListTenantsAsTable() {
        // Given
        fake.on("GET /api/v1/tenants?limit=100&state=active&plan=team&q=a%20b&overQuota=true", Answer.json(200, """
                {"items":[{"id":"%s","slug":"acme","name":"Acme","plan":"team","planVersion":2,"state":"active",
                "overQuota":true,"createdAt":"2026-01-02T03:04:05.678Z"}],"nextCursor":null}""".formatted(ID)));

        // When
        int exit = run("tenant", "list", "--state", "active", "--plan", "team", "-q", "a b", "--over-quota");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                SLUG  NAME  PLAN  V  STATE   OVER QUOTA  CREATED               ID
                acme  Acme  team  2  active  yes         2026-01-02 03:04:05Z  %s
                """.formatted(ID));
    }

    private static String tenants(String cursor, String... states) {
        return "{\"items\":[" + IntStream.range(0, states.length)
                .mapToObj(i -> "{\"slug\":\"" + cursor + i + "\",\"state\":\"" + states[i] + "\"}")
                .collect(Collectors.joining(",")) + "],\"nextCursor\":";
    }

    @Test
    void shouldLeaveOutPurgedTenantsUnlessAskedFor() {
        // Given
        fake.on("GET /api/v1/tenants?limit=100",
                Answer.json(200, tenants("a", "active", "deleted", "deleting", "suspended") + "null}"));
        fake.on("GET /api/v1/tenants?limit=100&state=deleted", Answer.json(200, tenants("d", "deleted") + "null}"));

        // When
        run("tenant", "list");
        String usual = out();
        run("tenant", "list", "--all");
        run("tenant", "list", "--state", "deleted");
        int both = run("tenant", "list", "--all", "--state", "deleted");

        // Then
        assertThat(usual).contains("a0 ", "a2 ", "a3 ").doesNotContain("a1 ");
        assertThat(out().substring(usual.length())).contains("a0 ", "a1 ", "a2 ", "a3 ", "d0 ");
        assertThat(err()).startsWith("Purged tenants are left out: --all shows them, too.\n")
                .containsOnlyOnce("Purged tenants");
        assertThat(both).isEqualTo(2);
    }

    @Test
    void shouldFillTheListPastPurgedTenantsAndTellWhereItEnds() {
        // Given
        fake.on("GET /api/v1/tenants?limit=2", Answer.json(200, tenants("a", "deleted", "active") + "\"c1\"}"));
        fake.on("GET /api/v1/tenants?limit=200&cursor=c1",
                Answer.json(200, tenants("b", "deleted", "active", "active") + "null}"));
        fake.on("GET /api/v1/tenants?limit=2&cursor=c1",
                Answer.json(200, tenants("b", "deleted", "active") + "\"c2\"}"));

        // When
        run("tenant", "list", "--limit", "2", "-o", "json");

        // Then
        assertThat(Json.read(out()).path("items").findValuesAsText("slug")).containsExactly("a1", "b1");
        assertThat(Json.read(out()).path("nextCursor").asText()).isEqualTo("c2");
        assertThat(err()).isEmpty();
    }

    @Test
    void shouldCreateATenantAndPrintJson() {
        // Given
        fake.on("POST /api/v1/tenants", Answer.json(201, "{\"id\":\"" + ID + "\",\"slug\":\"acme\"}"));

        // When
        int exit = run("tenant", "create", "acme", "--plan", "team@1", "-o", "json");

        // Then
        assertThat(exit).isZero();
        assertThat(Json.read(out())).isEqualTo(Json.read("{\"id\":\"" + ID + "\",\"slug\":\"acme\"}"));
        assertThat(sent()).isEqualTo(Json.read("{\"slug\":\"acme\",\"name\":\"acme\",\"plan\":\"team@1\"}"));
    }

    @Test
    void shouldCreateATenantWithLimitsOfItsOwnInTheirTypes() {
        // Given
        fake.on("POST /api/v1/tenants", Answer.json(201, "{}"));

        // When
        run("tenant", "create", "acme", "--plan", "sovereign", "--set-limit", "stacks=300", "--set-limit",
                "models=a/*, b", "--set-limit", "dailyBackup=true", "--set-limit", "templates=");

        // Then
        assertThat(sent().path("overrides")).isEqualTo(Json.read("""
                {"stacks":300,"models":["a/*","b"],"dailyBackup":true,"templates":[]}"""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stacks=many", "stacks=1.5", "stacks=007", "stacks", "stacks="})
    void shouldRefuseALimitThatIsNone(String limit) {
        // When
        int exit = run("tenant", "create", "acme", "--set-limit", limit);

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains("--set-limit").contains("next:");
        assertThat(fake.asked()).isEmpty();
    }

    @Test
    void shouldShowATenantWithItsQuota() {
        // Given
        acme();
        quota(true);

        // When
        int exit = run("tenant", "show", "acme");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                id           %s
                slug         acme
                name         Acme
                plan         team
                planVersion  1
                state        active
                version      7

                RESOURCE   LIMIT  USED  RESERVED  AVAILABLE  OVER
                stacks        10     2         1          7  -
                memoryMib    512   640         0          0  yes
                """.formatted(ID));
    }

    @Test
    void shouldShowATenantForProgramsAsOneDocument() {
        // Given
        acme();
        quota(false);

        // When
        run("tenant", "show", "acme", "-o", "json");

        // Then
        assertThat(Json.read(out()).at("/slug").asText()).isEqualTo("acme");
        assertThat(Json.read(out()).at("/quota/resources/stacks/available").asInt()).isEqualTo(7);
    }

    @Test
    void shouldShowATenantWhoseQuotaIsGone() {
        // Given
        acme();

        // When
        int exit = run("tenant", "show", "acme");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).contains("acme").doesNotContain("RESOURCE");
    }

    @Test
    void shouldShowWhatIsUsedAndSayWhatOverQuotaMeans() {
        // Given
        acme();
        quota(true);

        // When
        int exit = run("tenant", "quota", "acme");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).startsWith("RESOURCE   LIMIT  USED");
        assertThat(err()).isEqualTo("over quota: acme keeps what it has, and gets nothing new until it fits\n");
    }

    @Test
    void shouldEditWithTheETagAndKeepOverridesThatAreThere() {
        // Given
        fake.on("GET /api/v1/tenants/acme", Answer.json(200, "{\"id\":\"" + ID
                + "\",\"overrides\":{\"stacks\":5,\"keys\":9}}").with("ETag", "\"7\""));
        fake.on("PATCH " + tenantPath(""), Answer.json(200, "{\"slug\":\"acme\",\"overQuota\":true}"));

        // When
        int exit = run("tenant", "edit", "acme", "--name", "Acme Ltd", "--plan", "team@2", "--set-limit", "stacks=300");

        // Then
        assertThat(exit).isZero();
        assertThat(fake.asked().getLast().headers()).containsEntry("if-match", "\"7\"");
        assertThat(sent()).isEqualTo(Json.read("""
                {"name":"Acme Ltd","plan":"team@2","overrides":{"stacks":300,"keys":9}}"""));
        assertThat(err()).contains("over quota: acme");
    }

    @Test
    void shouldTakeBackLimits() {
        // Given
        acme();
        fake.on("PATCH " + tenantPath(""), Answer.json(200, "{}"));

        // When
        run("tenant", "edit", "acme", "--clear-limits");

        // Then
        assertThat(sent()).isEqualTo(Json.read("{\"overrides\":null}"));
    }

    @Test
    void shouldTakeBackAllLimitsButThose() {
        // Given
        fake.on("GET /api/v1/tenants/acme", Answer.json(200, "{\"id\":\"" + ID
                + "\",\"overrides\":{\"stacks\":5,\"keys\":9}}").with("ETag", "\"7\""));
        fake.on("PATCH " + tenantPath(""), Answer.json(200, "{}"));

        // When
        run("tenant", "edit", "acme", "--clear-limits", "--set-limit", "keys=3");

        // Then
        assertThat(sent()).isEqualTo(Json.read("{\"overrides\":{\"keys\":3}}"));
    }

    @Test
    void shouldSayWhatToDoWhenSomebodyElseChangedTheTenant() {
        // Given
        acme();
        fake.on("PATCH " + tenantPath(""), Answer.problem(412, "stale", ""));

        // When
        int exit = run("tenant", "edit", "acme", "--name", "x");

        // Then
        assertThat(exit).isEqualTo(4);
        assertThat(err()).contains("somebody else changed acme")
                .contains("next:  look at it: pocket tenant show acme; then repeat the command");
    }

    @Test
    void shouldRefuseToEditNothing() {
        // When
        int exit = run("tenant", "edit", "acme");

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains("nothing to change").contains("--plan");
    }

    @Test
    void shouldNoteIdsOfOtherSystems() {
        // Given
        acme();
        fake.on("PUT " + tenantPath("/external-ids/coolify_project_uuid"), Answer.json(200, "{}"));
        fake.on("PUT " + tenantPath("/external-ids/crm"),
                Answer.json(200, "{\"slug\":\"acme\",\"externalIds\":{\"crm\":\"a=b\"}}"));

        // When
        int exit = run("tenant", "set-id", "acme", "coolify_project_uuid=k8s0w4", "crm=a=b");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("slug             acme\nexternalIds.crm  a=b\n");
        assertThat(fake.asked()).extracting(Asked::body).contains("{\"value\":\"k8s0w4\"}",
                "{\"value\":\"a=b\"}");
    }

    @Test
    void shouldForgetAnId() {
        // Given
        acme();
        fake.on("DELETE " + tenantPath("/external-ids/crm"), Answer.json(200, "{\"externalIds\":{}}"));

        // When
        int exit = run("tenant", "unset-id", "acme", "crm");

        // Then
        assertThat(exit).isZero();
        assertThat(requests()).last().isEqualTo("DELETE " + tenantPath("/external-ids/crm"));
    }

    @Test
    void shouldSayInOneLineWhatIsInUse() {
        assertThat(TenantQuota.summary(Json.read(QUOTA.formatted(ID, false, false))))
                .isEqualTo("stacks 3 of 10, memoryMib 640 of 512");
    }
}
