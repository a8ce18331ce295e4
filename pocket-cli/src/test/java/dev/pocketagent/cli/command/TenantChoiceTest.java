package dev.pocketagent.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.Pocket;

/** Whose a thing is: when a name is not enough, and in lists over all tenants. */
class TenantChoiceTest extends CommandTestBase {

    private static final String STACK = "01990000-0000-7000-8000-000000000002";
    private static final String OPERATION = "01990000-0000-7000-8000-000000000003";

    @ParameterizedTest
    @ValueSource(strings = {"stack delete hello --yes hello", "context remove hello --yes hello",
            "context prompt hello"})
    void shouldTouchNothingWhenSeveralTenantsHaveTheName(String line) {
        // Given
        Answer two = Answer.json(200, "{\"items\":[{\"id\":\"" + STACK + "\",\"name\":\"hello\"},{\"id\":\"" + OPERATION
                + "\",\"name\":\"hello\"}]}");
        fake.on("GET /api/v1/stacks?limit=200", two).on("GET /api/v1/sources?limit=200", two);

        // When
        int exit = run(line.split(" "));

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains("several tenants have a", "\"hello\"", "--tenant TENANT", "list shows it");
        assertThat(fake.asked()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"stack list,stacks", "context list,sources", "usage,usage"})
    void shouldSayWhoseARowIsInListsOverAllTenants(String line, String path) {
        // Given
        Answer rows = Answer.json(200,
                "{\"items\":[{\"tenantId\":\"" + ID + "\",\"id\":\"1\",\"seq\":1},{\"tenantId\":\""
                        + STACK + "\",\"id\":\"2\",\"seq\":2}],\"nextCursor\":null}");
        fake.on("GET /api/v1/" + path + "?limit=100", rows);
        fake.on("GET /api/v1/" + path + "?limit=100&tenant=" + ID, rows);
        fake.on("GET /api/v1/tenants?limit=200",
                Answer.json(200, "{\"items\":[{\"id\":\"" + ID + "\",\"slug\":\"acme\"}]}"));

        // When
        int exit = run(line.split(" "));

        // Then
        assertThat(exit).isZero();
        assertThat(out()).contains("TENANT", "acme", STACK);
        int tables = requests().size();
        Pocket.run(cli(Map.of("POCKET_KEY", "pocket_tn_x")), line.split(" "));
        run((line + " -o json").split(" "));
        run((line + " -t " + ID).split(" "));
        assertThat(out().split("TENANT", -1)).hasSize(2);
        assertThat(out()).doesNotContain("tenantShown");
        assertThat(requests()).hasSize(tables + 3);
    }
}
