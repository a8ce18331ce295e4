package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class WebhookCommandsTest extends CommandTestBase {

    private static final String HOOK = "01990000-0000-7000-8000-00000000000c";
    private static final String PATH = "/api/v1/webhooks/" + HOOK;

    private void hook() {
        fake.on("GET " + PATH, Answer.json(200, "{\"id\":\"" + HOOK + "\",\"url\":\"https://a.example/in\"}")
                .with("ETag", "\"2\""));
    }

    @Test
    void shouldCreateAWebhookAndShowItsSecretOnce() {
        // Given
        acme();
        fake.on("POST /api/v1/webhooks", Answer.json(201, "{\"id\":\"" + HOOK + "\",\"secret\":\"whsec_x\"}"));

        // When
        int exit = run("webhook", "create", "https://a.example/in", "--event", "tenant.*", "--event", "key.revoked",
                "-t", "acme", "--description", "billing");

        // Then
        assertThat(exit).isZero();
        assertThat(sent()).isEqualTo(Json.read("""
                {"url":"https://a.example/in","events":["tenant.*","key.revoked"],"tenant":"%s",
                "description":"billing"}""".formatted(ID)));
        assertThat(out()).contains("whsec_x");
        assertThat(err()).contains("not shown again").contains("pocket webhook test " + HOOK);
    }

    @Test
    void shouldKeepTheSecretFromTheScreen() {
        // Given
        Path file = directory.resolve("hook.secret");
        fake.on("POST " + PATH + "/rotate-secret", Answer.json(200, "{\"id\":\"h\",\"secret\":\"whsec_y\"}"));

        // When
        int exit = run("webhook", "rotate-secret", HOOK, "--overlap", "1h", "--secret-file", file.toString());

        // Then
        assertThat(exit).isZero();
        assertThat(sent()).isEqualTo(Json.read("{\"overlapSeconds\":3600}"));
        assertThat(file).hasContent("whsec_y");
        assertThat(out() + err()).doesNotContain("whsec_y").contains("The old secret goes on for 1 h 0 min.");
    }

    @Test
    void shouldMakeNoSecretWhoseFileIsThereAlready() throws Exception {
        // Given
        Path file = Files.writeString(directory.resolve("hook.secret"), "whsec_live");

        // When
        int created = run("webhook", "create", "https://a.example/in", "--event", "tenant.*", "--secret-file",
                file.toString());
        int rotated = run("webhook", "rotate-secret", HOOK, "--secret-file", file.toString());

        // Then
        assertThat(List.of(created, rotated)).containsOnly(2);
        assertThat(requests()).isEmpty();
        assertThat(file).hasContent("whsec_live");
    }

    @Test
    void shouldListWebhooks() {
        // Given
        fake.on("GET /api/v1/webhooks?limit=100", Answer.json(200, """
                {"items":[{"id":"%s","url":"https://a.example/in","events":["tenant.*","key.revoked"],"tenantId":null,
                "description":"billing","enabled":true,"failingSince":"2026-01-02T03:04:05Z"}],"nextCursor":null}"""
                .formatted(HOOK)));

        // When
        int exit = run("webhook", "list");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo(
                """
                        URL                   EVENTS                TENANT  DESCRIPTION  ENABLED  FAILING SINCE         ID
                        https://a.example/in  tenant.*,key.revoked  -       billing      yes      2026-01-02 03:04:05Z  %s
                        """
                        .formatted(HOOK));
    }

    @Test
    void shouldShowAWebhook() {
        // Given
        hook();

        // When
        run("webhook", "show", HOOK);

        // Then
        assertThat(out()).isEqualTo("id   " + HOOK + "\nurl  https://a.example/in\n");
    }

    @Test
    void shouldEditWithTheETag() {
        // Given
        hook();
        fake.on("PATCH " + PATH, Answer.json(200, "{}"));
        int nothing = run("webhook", "edit", HOOK);
        int both = run("webhook", "edit", HOOK, "--enable", "--disable");

        // When
        int exit = run("webhook", "edit", HOOK, "--event", "key.*", "--description", "", "--disable");

        // Then
        assertThat(nothing).isEqualTo(2);
        assertThat(both).isEqualTo(2);
        assertThat(exit).isZero();
        assertThat(fake.asked().getLast().headers()).containsEntry("if-match", "\"2\"");
        assertThat(sent()).isEqualTo(Json.read("{\"events\":[\"key.*\"],\"description\":\"\",\"enabled\":false}"));
    }

    @Test
    void shouldDeleteOnlyWithAYes() {
        // Given
        hook();
        fake.on("DELETE " + PATH, Answer.json(204, ""));
        int unasked = run("webhook", "delete", HOOK);

        // When
        int exit = runAsking("yes\n", "webhook", "delete", HOOK);

        // Then
        assertThat(unasked).isEqualTo(2);
        assertThat(exit).isZero();
        assertThat(err()).contains("Delete the webhook to https://a.example/in? [y/N] ");
        assertThat(fake.asked()).filteredOn(asked -> asked.method().equals("DELETE")).singleElement()
                .satisfies(asked -> assertThat(asked.headers()).containsEntry("if-match", "\"2\""));
    }

    @Test
    void shouldListDeliveries() {
        // Given
        fake.on("GET " + PATH + "/deliveries?limit=100&state=dead", Answer.json(200, """
                {"items":[{"id":"d1","eventSeq":42,"type":"tenant.created","state":"dead","attempts":8,
                "nextAttemptAt":null,"lastStatus":500,"lastError":"answered 500",
                "createdAt":"2026-01-02T03:04:05Z"}],"nextCursor":null}"""));

        // When
        int exit = run("webhook", "deliveries", HOOK, "--state", "dead");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                EVENT  TYPE            STATE  TRIES  STATUS  ERROR         CREATED               NEXT TRY  ID
                   42  tenant.created  dead       8     500  answered 500  2026-01-02 03:04:05Z  -         d1
                """);
    }

    private void testEndsWith(String tried) {
        fake.on("POST " + PATH + "/test", Answer.json(202, "{\"id\":\"d1\",\"state\":\"pending\",\"attempts\":0}"));
        var polls = new int[1];
        fake.on("GET " + PATH + "/deliveries/d1", _ -> Answer.json(200,
                polls[0]++ == 0 ? "{\"id\":\"d1\",\"state\":\"pending\",\"attempts\":1}" : tried));
    }

    @Test
    void shouldWaitForATestMessage() {
        // Given
        testEndsWith("{\"id\":\"d1\",\"state\":\"delivered\",\"attempts\":1,\"lastStatus\":204}");

        // When
        int exit = run("webhook", "test", HOOK);

        // Then
        assertThat(exit).isZero();
        assertThat(err()).isEqualTo("delivery: waiting for the receiver ...\ndelivery: arrived, answered 204\n");
        assertThat(out()).startsWith("id          d1\nstate       delivered\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "\"state\":\"pending\",\"attempts\":1,\"lastStatus\":500,\"lastError\":null|answered 500",
            "\"state\":\"dead\",\"attempts\":1,\"lastStatus\":null,\"lastError\":\"connection refused\"|connection refused"})
    void shouldExitOneWhenATestMessageDoesNotArrive(String how, String reason) {
        // Given
        testEndsWith("{\"id\":\"d1\"," + how + "}");

        // When
        int exit = run("webhook", "test", HOOK);

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).contains("delivery: FAILED: " + reason).contains("did not arrive: " + reason);
    }

    @Test
    void shouldGiveUpWaiting() {
        // Given
        fake.on("POST " + PATH + "/test", Answer.json(202, "{\"id\":\"d1\",\"state\":\"pending\",\"attempts\":0}"));
        fake.on("GET " + PATH + "/deliveries/d1", Answer.json(200, "{\"state\":\"pending\",\"attempts\":0}"));

        // When
        int exit = run("webhook", "test", HOOK, "--timeout", "300ms");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).contains("nothing was sent within");
    }

    @Test
    void shouldRetryADelivery() {
        // Given
        fake.on("POST " + PATH + "/deliveries/d1/retry", Answer.json(200, "{\"state\":\"pending\"}"));

        // When
        int exit = run("webhook", "retry", HOOK, "d1");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("state  pending\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"''|{\"only\":\"dead\"}", "--after 42|{\"only\":\"dead\",\"after\":42}",
            "--from 24h --only all|{\"only\":\"all\",\"from\":\"2026-11-23T12:00:00Z\"}"})
    void shouldReplay(String options, String body) {
        // Given
        fake.on("POST " + PATH + "/replay", Answer.json(200, "{\"queued\":3,\"next\":45}"));

        // When
        int exit = run(("webhook replay " + HOOK + " " + options).strip().split(" "));

        // Then
        assertThat(exit).isZero();
        assertThat(sent()).isEqualTo(Json.read(body));
        assertThat(out()).startsWith("queued  3\n");
        assertThat(err()).contains("go on with --after 45");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--only all|All events need", "--after 1 --from 24h|two words"})
    void shouldReplayOnlyFromOnePlace(String options, String reason) {
        // When
        int exit = run(("webhook replay " + HOOK + " " + options).split(" "));

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains(reason);
        assertThat(fake.asked()).isEmpty();
    }
}
