package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class ReservationCommandsTest extends CommandTestBase {

    private static final String RESERVATION = "01990000-0000-7000-8000-00000000000b";

    @Test
    void shouldListReservations() {
        // Given
        acme();
        fake.on("GET " + tenantPath("/reservations?limit=100&state=open&holder=stack%2F1"), Answer.json(200, """
                {"items":[{"id":"%s","holder":"stack/1","state":"open","amounts":{"stacks":1,"cpuMillis":500,"keys":0,
                "sources":null},"createdAt":"2026-01-02T03:04:05Z","expiresAt":"2026-01-02T03:19:05Z"}],
                "nextCursor":null}""".formatted(RESERVATION)));

        // When
        int exit = run("reservation", "list", "acme", "--state", "open", "--holder", "stack/1");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo(
                """
                        HOLDER   STATE  AMOUNTS                 CREATED               EXPIRES               ID
                        stack/1  open   stacks=1 cpuMillis=500  2026-01-02 03:04:05Z  2026-01-02 03:19:05Z  %s
                        """
                        .formatted(RESERVATION));
    }

    @Test
    void shouldReserve() {
        // Given
        acme();
        fake.on("POST " + tenantPath("/reservations"), Answer.json(201, "{\"state\":\"open\"}"));

        // When
        int exit = run("reservation", "create", "acme", "--holder", "stack/1", "--amount", "stacks=1", "--amount",
                "cpuMillis=500", "--ttl", "1m", "--replaces", RESERVATION);

        // Then
        assertThat(exit).isZero();
        assertThat(sent()).isEqualTo(Json.read("""
                {"holder":"stack/1","amounts":{"stacks":1,"cpuMillis":500},"ttlSeconds":60,"replaces":"%s"}"""
                .formatted(RESERVATION)));
    }

    @Test
    void shouldSayWhatIsMissingAndWhereToLook() {
        // Given
        acme();
        fake.on("POST " + tenantPath("/reservations"), Answer.problem(409, "quota_exceeded",
                ",\"errors\":[{\"pointer\":\"/amounts/stacks\",\"detail\":\"2 of 2 are taken\"}]"));

        // When
        int exit = run("reservation", "create", "acme", "--holder", "x", "--amount", "stacks=1");

        // Then
        assertThat(exit).isEqualTo(4);
        assertThat(err()).contains("/amounts/stacks: 2 of 2 are taken").contains("pocket tenant quota TENANT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"confirm", "release"})
    void shouldConfirmAndRelease(String verb) {
        // Given
        fake.on("POST /api/v1/reservations/" + RESERVATION + "/" + verb, Answer.json(200, "{\"state\":\"moved\"}"));

        // When
        int exit = run("reservation", verb, RESERVATION);

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("state  moved\n");
    }

    @Test
    void shouldShowAReservation() {
        // Given
        fake.on("GET /api/v1/reservations/" + RESERVATION, Answer.json(200, "{\"amounts\":{\"stacks\":1}}"));

        // When
        run("reservation", "show", RESERVATION);

        // Then
        assertThat(out()).isEqualTo("amounts.stacks  1\n");
    }
}
