package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class PlanCommandsTest extends CommandTestBase {

    private static final String STARTER = """
            {"name":"starter","version":1,"rank":10,"overridable":false,"createdAt":"2026-01-02T03:04:05Z","limits":
            {"plan":"starter","version":1,"stacks":2,"cpuMillis":2000,"memoryMib":4096,"diskMib":20480,"volumes":4,
            "keys":10,"requestsPerMinute":60,"monthlyBudgetMicros":10000000,"models":["*"]}}""";
    private static final String TEAM = """
            {"name":"team","version":3,"rank":20,"overridable":false,"createdAt":"2026-01-02T03:04:05Z","limits":
            {"plan":"team","version":3,"stacks":10,"cpuMillis":10000,"memoryMib":20480,"diskMib":102400,"volumes":20,
            "keys":50,"requestsPerMinute":300,"monthlyBudgetMicros":100000000,"models":["a","b"]}}""";
    private static final String VERSIONS = "/api/v1/plans/team/versions";

    @BeforeEach
    void plans() {
        fake.on("GET /api/v1/plans", Answer.json(200, "{\"items\":[" + STARTER + "," + TEAM
                + "],\"nextCursor\":null}"));
        fake.on("POST " + VERSIONS, Answer.json(201, "{\"name\":\"team\",\"version\":4}"));
    }

    @Test
    void shouldListPlans() {
        // When
        int exit = run("plan", "list");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                PLAN     V  STACKS  CPU M  MEM MIB  DISK MIB  VOLS  KEYS  REQ/MIN  BUDGET/MONTH
                starter  1       2   2000     4096     20480     4    10       60    $10.000000
                team     3      10  10000    20480    102400    20    50      300   $100.000000
                """);
    }

    @ParameterizedTest
    @CsvSource({"team,/api/v1/plans/team", "team@2,/api/v1/plans/team/versions/2"})
    void shouldShowAPlanInTheAskedVersion(String plan, String path) {
        // Given
        fake.on("GET " + path, Answer.json(200, TEAM));

        // When
        int exit = run("plan", "show", plan);

        // Then
        assertThat(exit).isZero();
        assertThat(requests()).containsExactly("GET " + path);
        assertThat(out()).contains("limits.stacks               10\n", "limits.models               a, b\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"team@", "team@x", "team@0", "team@1@2"})
    void shouldRefuseAVersionThatIsNone(String plan) {
        // When
        int exit = run("plan", "show", plan);

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains("names no version").contains("team@1");
        assertThat(fake.asked()).isEmpty();
    }

    @Test
    void shouldShowAllPlansSideBySide() {
        // When
        run("plan", "show");

        // Then
        assertThat(out()).isEqualTo("""
                LIMIT                STARTER@1  TEAM@3
                stacks               2          10
                cpuMillis            2000       10000
                memoryMib            4096       20480
                diskMib              20480      102400
                volumes              4          20
                keys                 10         50
                requestsPerMinute    60         300
                monthlyBudgetMicros  10000000   100000000
                models               *          a,b
                """);
    }

    private static String withTemplates(String plan, String names) {
        return plan.replace("\"models\":", "\"templates\":" + names + ",\"models\":");
    }

    @Test
    void shouldMarkTemplatesThatTheProvisionerDoesNotOffer() {
        // Given
        fake.on("GET /api/v1/templates", Answer.json(200, "{\"items\":[{\"name\":\"web\"}]}"));
        fake.on("GET /api/v1/plans/team", Answer.json(200, withTemplates(TEAM, "[\"web\",\"llm-tenant\",\"*\"]")));
        fake.on("GET /api/v1/plans", Answer.json(200, "{\"items\":[" + withTemplates(STARTER, "[\"web\",\"bot\"]") + ","
                + withTemplates(TEAM, "[\"llm-tenant\"]") + "]}"));

        // When
        run("plan", "show", "team");
        String one = out();
        run("plan", "show");
        String all = out().substring(one.length());
        run("plan", "show", "team", "-o", "yaml");

        // Then
        assertThat(one).contains("limits.templates            web, llm-tenant (not installed here), *\n");
        assertThat(all).contains("web,bot").doesNotContain("not installed");
        assertThat(err()).isEqualTo(
                "Templates not installed here: bot, llm-tenant. What can be deployed: pocket template list\n");
        assertThat(out().substring(one.length() + all.length())).as("to be changed and given to plan create")
                .contains("- llm-tenant\n");
    }

    @Test
    void shouldMarkNothingWhenTheProvisionerIsAway() {
        // Given
        fake.on("GET /api/v1/templates", Answer.problem(503, "dependency_unavailable", ""));
        fake.on("GET /api/v1/plans/team", Answer.json(200, withTemplates(TEAM, "[\"web\",\"llm-tenant\"]")));

        // When
        int exit = run("plan", "show", "team");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).contains("web, llm-tenant\n");
        assertThat(err()).isEmpty();
    }

    @Test
    void shouldListVersions() {
        // Given
        fake.on("GET " + VERSIONS + "?limit=200", Answer.json(200, "{\"items\":[" + TEAM + "],\"nextCursor\":null}"));

        // When
        run("plan", "versions", "team");

        // Then
        assertThat(out()).startsWith("PLAN  V  SINCE                 STACKS")
                .contains("team  3  2026-01-02 03:04:05Z      10");
    }

    @Test
    void shouldShowTheDifferenceAskAndSendOnlyThat() {
        // When
        int exit = runAsking("y\n", "plan", "create", "team", "--set", "stacks=12", "--set", "models=a", "--set",
                "keys=50", "--rank", "20", "--overridable");

        // Then
        assertThat(exit).isZero();
        assertThat(err()).isEqualTo("""
                What differs from team@3:
                LIMIT        NOW    NEW
                stacks       10     12
                models       a,b    a
                overridable  false  true
                Make version 4 of team? [y/N]\s""");
        assertThat(sent()).isEqualTo(Json.read("""
                {"limits":{"stacks":12,"models":["a"]},"overridable":true}"""));
        assertThat(out()).isEqualTo("name     team\nversion  4\n");
    }

    @Test
    void shouldMakeNothingWithoutAYes() {
        // When
        int refused = runAsking("n\n", "plan", "create", "team", "--set", "stacks=12");
        int unasked = run("plan", "create", "team", "--set", "stacks=12");
        int dry = run("plan", "create", "team", "--set", "stacks=12", "--dry-run");

        // Then
        assertThat(refused).isEqualTo(2);
        assertThat(unasked).isEqualTo(2);
        assertThat(dry).isZero();
        assertThat(requests()).containsOnly("GET /api/v1/plans");
    }

    @Test
    void shouldSayThatNothingDiffers() {
        // When
        int exit = run("plan", "create", "team", "--set", "stacks=10", "--yes");

        // Then
        assertThat(exit).isZero();
        assertThat(err()).isEqualTo("Nothing differs from team@3.\n");
        assertThat(requests()).containsExactly("GET /api/v1/plans");
    }

    @Test
    void shouldTakeWhatPlanShowPrintedAsAFile() throws Exception {
        // Given
        fake.on("GET /api/v1/plans/team", Answer.json(200, TEAM));
        run("plan", "show", "team", "-o", "yaml");
        Path file = Files.writeString(directory.resolve("team.yaml"), out().replace("stacks: 10", "stacks: 11"));

        // When
        int exit = run("plan", "create", "team", "--from-file", file.toString(), "--set", "keys=60", "--yes");

        // Then
        assertThat(exit).isZero();
        assertThat(sent()).isEqualTo(Json.read("{\"limits\":{\"stacks\":11,\"keys\":60}}"));
    }

    @Test
    void shouldSendEverythingForANewPlan() throws Exception {
        // Given
        Path file = Files.writeString(directory.resolve("new.json"), "{\"stacks\":1,\"models\":[]}");
        fake.on("POST /api/v1/plans/tiny/versions", Answer.json(201, "{\"name\":\"tiny\",\"version\":1}"));

        // When
        int exit = run("plan", "create", "tiny", "--from-file", file.toString(), "--rank", "1", "--yes");

        // Then
        assertThat(exit).isZero();
        assertThat(err()).startsWith("tiny is new:\nLIMIT   NOW  NEW\nstacks  -    1\n");
        assertThat(sent()).isEqualTo(Json.read("{\"limits\":{\"stacks\":1,\"models\":[]},\"rank\":1}"));
    }

    @Test
    void shouldWarnWhenSomebodyElseWasQuicker() {
        // Given
        fake.on("POST " + VERSIONS, Answer.json(201, "{\"name\":\"team\",\"version\":5}"));

        // When
        run("plan", "create", "team", "--set", "stacks=12", "--yes");

        // Then
        assertThat(err()).contains("warning: somebody else made a version meanwhile");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"stacks: [|neither JSON nor YAML", "- 1|holds no limits",
            "{\"name\":\"starter\",\"limits\":{}}|is about the plan starter"})
    void shouldRefuseAFileThatIsNoPlan(String content, String reason) throws Exception {
        // Given
        Path file = Files.writeString(directory.resolve("team.yaml"), content);

        // When
        int exit = run("plan", "create", "team", "--from-file", file.toString(), "--yes");

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains(reason);
        assertThat(fake.asked()).isEmpty();
    }
}
