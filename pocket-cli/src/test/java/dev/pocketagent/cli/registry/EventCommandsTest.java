package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class EventCommandsTest extends CommandTestBase {

    private static String event(int seq, String type) {
        return """
                {"seq":%d,"id":"e%d","type":"%s","tenantId":"%s","at":"2026-01-02T03:04:05Z","data":{"slug":"acme"}}"""
                .formatted(seq, seq, type, ID);
    }

    private static Answer page(String items, int next) {
        return Answer.json(200, "{\"items\":[" + items + "],\"next\":" + next + "}");
    }

    private static String created(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(seq -> event(seq, "tenant.created"))
                .collect(Collectors.joining(","));
    }

    @Test
    void shouldListEventsOfTheAskedTypes() {
        // Given
        typesAreKnown("type=tenant.*&type=key.revoked");
        fake.on("GET /api/v1/events?after=5&limit=200", page(event(6, "tenant.created") + "," + event(7, "key.created")
                + "," + event(9, "key.revoked"), 9));

        // When
        int exit = run("event", "list", "--after", "5", "--type", "tenant.*", "--type", "key.revoked");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                SEQ  AT                    TYPE            TENANT                                DATA
                  6  2026-01-02 03:04:05Z  tenant.created  %s  slug=acme
                  9  2026-01-02 03:04:05Z  key.revoked     %s  slug=acme
                """.formatted(ID, ID));
    }

    @Test
    void shouldListTheNewestOfTheAskedOnesWithTheNewestLast() {
        // Given
        acme();
        fake.on("GET /api/v1/events/recent?limit=2&tenant=" + ID
                + "&from=2026-11-23T12%3A00%3A00Z&type=tenant.*&type=key.revoked",
                Answer.json(200,
                        "{\"items\":[" + event(9, "key.revoked") + "," + event(6, "tenant.created")
                                + "],\"nextCursor\":\"c\"}"));

        // When
        int exit = run("event", "list", "-n", "2", "-t", "acme", "--since", "24h", "--type", "tenant.*", "--type",
                "key.revoked");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                SEQ  AT                    TYPE            DATA
                  6  2026-01-02 03:04:05Z  tenant.created  slug=acme
                  9  2026-01-02 03:04:05Z  key.revoked     slug=acme
                """);
        assertThat(err()).isEqualTo("There are older ones: raise --last.\n");
    }

    @Test
    void shouldNameTenantsInTheListOfTheNewest() {
        // Given
        fake.on("GET /api/v1/events/recent?limit=100", Answer.json(200,
                "{\"items\":[" + event(7, "tenant.updated").replace("\"at\"", "\"tenantSlug\":\"acme\",\"at\"") + ","
                        + event(6, "plan.created").replace("\"" + ID + "\"", "null") + "]}"));

        // When
        run("event", "list");

        // Then
        assertThat(out()).isEqualTo("""
                SEQ  AT                    TYPE            TENANT      DATA
                  6  2026-01-02 03:04:05Z  plan.created    (platform)  slug=acme
                  7  2026-01-02 03:04:05Z  tenant.updated  acme        slug=acme
                """);
        assertThat(err()).isEmpty();
    }

    @Test
    void shouldTellProgramsWhereToGoOnBehindTheNewest() {
        // Given
        fake.on("GET /api/v1/events?after=latest", page("", 41));
        fake.on("GET /api/v1/events/recent?limit=100&type=key.*",
                Answer.json(200, "{\"items\":[" + event(9, "key.revoked") + "]}"));
        fake.on("GET /api/v1/events/recent?limit=100&type=tenant.*",
                Answer.json(200,
                        "{\"items\":[" + event(43, "tenant.created") + "," + event(4, "tenant.created") + "]}"));

        // When
        run("event", "list", "--type", "key.*", "-o", "json");
        String older = out();
        run("event", "list", "--type", "tenant.*", "-o", "json");

        // Then
        assertThat(Json.read(older).at("/next").asInt()).isEqualTo(41);
        JsonNode newer = Json.read(out().substring(older.length()));
        assertThat(newer.at("/next").asInt()).as("it came after the end was asked for").isEqualTo(43);
        assertThat(newer.path("items").findValuesAsText("seq")).containsExactly("4", "43");
    }

    @Test
    void shouldFollowFromThePastWithoutAGap() {
        // Given
        fake.on("GET /api/v1/events?after=latest", page("", 41));
        fake.on("GET /api/v1/events/recent?limit=2&type=tenant.*",
                Answer.json(200,
                        "{\"items\":[" + event(42, "tenant.updated") + "," + event(7, "tenant.created") + "]}"));
        fake.on("GET /api/v1/events?after=42&wait=25s&limit=200", page(event(43, "tenant.purged"), 43));
        fake.on("GET /api/v1/events?after=43&wait=25s&limit=200", Answer.problem(403, "forbidden", ""));

        // When
        run("event", "list", "--follow", "-n", "2", "--type", "tenant.*", "-o", "json");

        // Then
        assertThat(out()).isEqualTo(event(7, "tenant.created") + "\n" + event(42, "tenant.updated") + "\n"
                + event(43, "tenant.purged") + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"event list", "event list --after 0", "event list --follow", "event list --follow -n 3"})
    void shouldRefuseATypeThatDoesNotExist(String line) {
        // Given
        Answer refusal = Answer.problem(400, "invalid_input",
                ",\"errors\":[{\"pointer\":\"?type\",\"detail\":\"is not a known type; known are tenant.created\"}]");
        fake.on("GET /api/v1/events?after=latest", page("", 41));
        for (int limit : new int[]{1, 3, 100}) {
            fake.on("GET /api/v1/events/recent?limit=" + limit + "&type=tenant.suspend", refusal);
        }

        // When
        int exit = run((line + " --type tenant.suspend").split(" "));

        // Then
        assertThat(exit).isEqualTo(4);
        assertThat(err()).contains("?type: is not a known type; known are tenant.created");
        assertThat(out()).isEmpty();
    }

    @Test
    void shouldFollowOneTenant() {
        // Given
        fake.on("GET /api/v1/events?after=3&wait=25s&limit=200",
                page(event(4, "tenant.created").replace(ID, "another") + "," + event(5, "tenant.created"), 5));
        fake.on("GET /api/v1/events?after=5&wait=25s&limit=200", Answer.problem(403, "forbidden", ""));

        // When
        run("event", "list", "--follow", "--after", "3", "-t", ID);

        // Then
        assertThat(out()).isEqualTo("  5  2026-01-02 03:04:05Z  tenant.created  slug=acme\n");
    }

    private void typesAreKnown(String query) {
        fake.on("GET /api/v1/events/recent?limit=1&" + query, Answer.json(200, "{\"items\":[]}"));
    }

    @Test
    void shouldReadAsManyPagesAsItTakes() {
        // Given
        fake.on("GET /api/v1/events?after=0&limit=200", page(created(1, 200), 200));
        fake.on("GET /api/v1/events?after=200&limit=200", page(event(201, "key.created"), 201));

        // When
        run("event", "list", "--after", "0", "--limit", "500", "-o", "json");

        // Then
        assertThat(Json.read(out()).at("/items")).hasSize(201);
        assertThat(Json.read(out()).at("/next").asInt()).isEqualTo(201);
    }

    @Test
    void shouldSayWhereToGoOnWhenThereIsMore() {
        // Given
        fake.on("GET /api/v1/events?after=0&limit=200", page(created(1, 10), 10));

        // When
        run("event", "list", "--after", "0", "--limit", "3");

        // Then
        assertThat(out().lines()).hasSize(4);
        assertThat(err()).contains("--after 3,");
    }

    @Test
    void shouldFollowFromTheEndThroughAnOutage() {
        // Given
        var polls = new int[1];
        typesAreKnown("type=tenant.*");
        fake.on("GET /api/v1/events?after=latest&wait=25s&limit=200", page("", 41));
        fake.on("GET /api/v1/events?after=41&wait=25s&limit=200", _ -> polls[0]++ == 0
                ? Answer.problem(503, "unavailable", "")
                : page(event(42, "tenant.created") + "," + event(43, "key.created"), 43));
        fake.on("GET /api/v1/events?after=43&wait=25s&limit=200", Answer.problem(401, "unauthenticated", ""));

        // When
        int exit = run("event", "list", "--follow", "--type", "tenant.*", "-o", "json");

        // Then
        assertThat(exit).isEqualTo(4);
        assertThat(out()).isEqualTo(event(42, "tenant.created") + "\n");
        assertThat(err()).startsWith("The feed is away (T); waiting for it.\nerror: T (registry: 401");
    }

    @Test
    void shouldFollowForPeople() {
        // Given
        fake.on("GET /api/v1/events?after=3&wait=25s&limit=200", page(event(4, "tenant.created"), 4));
        fake.on("GET /api/v1/events?after=4&wait=25s&limit=200", Answer.problem(403, "forbidden", ""));

        // When
        int exit = run("event", "list", "--follow", "--after", "3");

        // Then
        assertThat(exit).isEqualTo(4);
        assertThat(out()).isEqualTo("  4  2026-01-02 03:04:05Z  tenant.created  " + ID + "  slug=acme\n");
    }

    @Test
    void shouldRefuseAPlaceThatIsNone() {
        // When
        int exit = run("event", "list", "--after", "-1");
        int both = run("event", "list", "--after", "1", "--since", "1h");
        int none = run("event", "list", "-n", "0");

        // Then
        assertThat(List.of(exit, both, none)).containsOnly(2);
        assertThat(err()).contains("--after must be the number of an event");
    }
}
