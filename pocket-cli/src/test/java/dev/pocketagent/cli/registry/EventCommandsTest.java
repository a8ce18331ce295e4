package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

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
    void shouldReadAsManyPagesAsItTakes() {
        // Given
        fake.on("GET /api/v1/events?after=0&limit=200", page(created(1, 200), 200));
        fake.on("GET /api/v1/events?after=200&limit=200", page(event(201, "key.created"), 201));

        // When
        run("event", "list", "--limit", "500", "-o", "json");

        // Then
        assertThat(Json.read(out()).at("/items")).hasSize(201);
        assertThat(Json.read(out()).at("/next").asInt()).isEqualTo(201);
    }

    @Test
    void shouldSayWhereToGoOnWhenThereIsMore() {
        // Given
        fake.on("GET /api/v1/events?after=0&limit=200", page(created(1, 10), 10));

        // When
        run("event", "list", "--limit", "3");

        // Then
        assertThat(out().lines()).hasSize(4);
        assertThat(err()).contains("--after 3,");
    }

    @Test
    void shouldFollowFromTheEndThroughAnOutage() {
        // Given
        var polls = new int[1];
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

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains("--after must be the number of an event");
    }
}
