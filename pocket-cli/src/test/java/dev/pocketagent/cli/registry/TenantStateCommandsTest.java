package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class TenantStateCommandsTest extends CommandTestBase {

    private static final String DELETE = tenantPath("?reason=left%20us");

    @BeforeEach
    void tenant() {
        acme();
        fake.on("DELETE " + DELETE, Answer.json(200,
                "{\"slug\":\"acme\",\"state\":\"deleting\",\"purgeAfter\":\"2026-12-24T12:00:00Z\"}"));
        fake.on("POST " + tenantPath("/purge"), Answer.json(200, "{\"state\":\"deleted\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"suspend", "resume", "undelete"})
    void shouldMoveATenantWithAReason(String verb) {
        // Given
        fake.on("POST " + tenantPath("/" + verb), Answer.json(200, "{\"state\":\"moved\"}"));

        // When
        int exit = run("tenant", verb, "acme", "--reason", "unpaid bill");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("state  moved\n");
        assertThat(sent()).isEqualTo(Json.read("{\"reason\":\"unpaid bill\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"suspend", "resume", "undelete", "delete", "purge"})
    void shouldWantAReason(String verb) {
        // When
        int exit = run("tenant", verb, "acme");

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains("--reason");
        assertThat(fake.asked()).isEmpty();
    }

    @Test
    void shouldSayWhichStepsAreAllowed() {
        // Given
        fake.on("POST " + tenantPath("/resume"), Answer.problem(409, "illegal_transition",
                ",\"detail\":\"The tenant is active. From there these steps are possible: suspend, delete.\""));

        // When
        int exit = run("tenant", "resume", "acme", "--reason", "x");

        // Then
        assertThat(exit).isEqualTo(4);
        assertThat(err()).contains("these steps are possible: suspend, delete");
    }

    @Test
    void shouldDeleteWithTheETagAndSayWhenItIsPurgedAndHowToTakeItBack() {
        // When
        int exit = run("tenant", "delete", "acme", "--reason", "left us", "--yes", "acme");

        // Then
        assertThat(exit).isZero();
        assertThat(requests()).last().isEqualTo("DELETE " + DELETE);
        assertThat(fake.asked().getLast().headers()).containsEntry("if-match", "\"7\"");
        assertThat(err()).isEqualTo("""
                It is purged at 2026-12-24T12:00:00Z, in 30 d 0 h.
                Until then, take it back: pocket tenant undelete acme --reason TEXT
                Or purge it at once, for good: pocket tenant purge acme --reason TEXT
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"delete", "purge"})
    void shouldDestroyNothingWithoutTheSlug(String verb) {
        // When
        int unconfirmed = run("tenant", verb, "acme", "--reason", "left us");
        int wrong = run("tenant", verb, "acme", "--reason", "left us", "--yes", "acne");
        int typedWrong = runAsking("y\n", "tenant", verb, "acme", "--reason", "left us");

        // Then
        assertThat(unconfirmed).isEqualTo(2);
        assertThat(wrong).isEqualTo(2);
        assertThat(typedWrong).isEqualTo(2);
        assertThat(err()).contains("confirm with --yes acme");
        assertThat(requests()).containsOnly("GET /api/v1/tenants/acme");
    }

    @Test
    void shouldAskAPersonForTheSlug() {
        // When
        int exit = runAsking("acme\n", "tenant", "delete", "acme", "--reason", "left us");

        // Then
        assertThat(exit).isZero();
        assertThat(err()).startsWith("Type the name of the tenant to delete it (acme): ");
    }

    @Test
    void shouldPurgeOnlyWhatWasNamedTwice() {
        // When
        int exit = runAsking("acme\n", "tenant", "purge", "acme", "--reason", "asked for it");

        // Then
        assertThat(exit).isZero();
        assertThat(err()).contains("This purges Acme for good")
                .endsWith("It is purged, and nothing brings it back. That it was there stays on record: "
                        + "pocket audit list -t " + ID + "\n");
        assertThat(sent()).isEqualTo(Json.read("{\"reason\":\"asked for it\",\"confirm\":\"acme\"}"));
    }
}
