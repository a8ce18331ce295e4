package dev.pocketagent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.FakeServices.Asked;
import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Terminal;
import picocli.CommandLine;

/** Command lines in, requests and output out. */
class PocketTest {

    private static final String ID = "01990000-0000-7000-8000-000000000001";
    private static final String STACK = "01990000-0000-7000-8000-000000000002";
    private static final String OPERATION = "01990000-0000-7000-8000-000000000003";

    @TempDir
    private Path directory = Path.of("unset");

    private final FakeServices fake = new FakeServices();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @AfterEach
    void close() {
        fake.close();
    }

    private Cli cli(Map<String, String> more) {
        var env = new HashMap<>(Map.of("POCKET_HOME", directory.resolve("home").toString(), "POCKET_KEY", "pocket_op_x",
                "POCKET_REGISTRY_URL", fake.url(), "POCKET_PROVISIONER_URL", fake.url(), "POCKET_ROUTER_URL",
                fake.url(),
                "POCKET_SYNC_URL", fake.url()));
        env.putAll(more);
        return new Cli(Terminal.of(out, err, false, false, 80), env, directory);
    }

    private int run(String... line) {
        return Pocket.run(cli(Map.of()), line);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private List<String> requests() {
        return fake.asked().stream().map(asked -> asked.method() + " " + asked.path()).toList();
    }

    private static List<CommandLine> all(CommandLine command) {
        var all = new ArrayList<CommandLine>(List.of(command));
        command.getSubcommands().values().stream().distinct().forEach(each -> all.addAll(all(each)));
        return all;
    }

    @Test
    void shouldHelpWithinEightyColumnsAndSayWhatEverythingIsFor() {
        // Given
        List<CommandLine> commands = all(Pocket.commandLine(cli(Map.of())));

        // When
        Map<String, String> help = new HashMap<>();
        commands.forEach(each -> help.put(each.getCommandSpec().qualifiedName(" "), each.getUsageMessage()));

        // Then
        assertThat(help).hasSizeGreaterThan(40);
        assertThat(help).allSatisfy((name, text) -> assertThat(text.lines())
                .as(name).allSatisfy(line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(80)));
        assertThat(commands).allSatisfy(each -> {
            assertThat(each.getCommandSpec().usageMessage().description()).as(each.getCommandName()).isNotEmpty();
            assertThat(each.getCommandSpec().options()).allSatisfy(
                    option -> assertThat(option.description()).as(each.getCommandName() + option.longestName())
                            .isNotEmpty());
        });
        assertThat(help.get("pocket")).contains("context ", "operation ", "Exit codes:", "3     nobody answers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "tenant", "tenant create", "tenant list --no-such", "stack deploy x",
            "status -o xml",
            "context add x", "chat --model"})
    void shouldExitTwoAndHelpWhenTheLineIsWrong(String line) {
        // When
        int exit = run(line.split(" "));

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(out()).isEmpty();
        assertThat(err()).containsAnyOf("next:", "Usage:");
    }

    @Test
    void shouldSuggestTheCommandThatWasMeant() {
        // When
        run("tenent", "list");

        // Then
        assertThat(err()).contains("knows no tenent").contains("did you mean").contains("tenant");
    }

    @Test
    void shouldExitThreeWhenNobodyAnswers() {
        // Given
        fake.close();

        // When
        int exit = run("tenant", "list");

        // Then
        assertThat(exit).isEqualTo(3);
        assertThat(err()).contains("the registry service at " + fake.url() + " does not answer").contains("pocket up");
    }

    @Test
    void shouldExitThreeWithoutAnyKey() {
        // When
        int exit = Pocket.run(cli(Map.of("POCKET_KEY", "")), "tenant", "list");

        // Then
        assertThat(exit).isEqualTo(3);
        assertThat(err()).contains("there is no key").contains("POCKET_KEY_FILE");
    }

    @Test
    void shouldListTenantsAsTable() {
        // Given
        fake.on("GET /api/v1/tenants?limit=100&state=active", Answer.json(200, """
                {"items":[{"id":"%s","slug":"acme","name":"Acme","plan":"team","state":"active",
                "createdAt":"2026-01-02T03:04:05.678Z"}],"nextCursor":null}""".formatted(ID)));

        // When
        int exit = run("tenant", "list", "--state", "active");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                SLUG  NAME  PLAN  STATE   CREATED               ID
                acme  Acme  team  active  2026-01-02 03:04:05Z  %s
                """.formatted(ID));
    }

    @Test
    void shouldCreateATenantAndPrintJson() {
        // Given
        fake.on("POST /api/v1/tenants", Answer.json(201, "{\"id\":\"" + ID + "\",\"slug\":\"acme\"}"));

        // When
        int exit = run("tenant", "create", "acme", "--plan", "team", "-o", "json");

        // Then
        assertThat(exit).isZero();
        assertThat(Json.read(out())).isEqualTo(Json.read("{\"id\":\"" + ID + "\",\"slug\":\"acme\"}"));
        assertThat(Json.read(fake.asked().getFirst().body()))
                .isEqualTo(Json.read("{\"slug\":\"acme\",\"name\":\"acme\",\"plan\":\"team\"}"));
    }

    @Test
    void shouldRefuseWithThePointerOfWhatIsWrong() {
        // Given
        fake.on("POST /api/v1/tenants", Answer.problem(400, "invalid_input",
                ",\"detail\":\"The input is wrong.\",\"errors\":[{\"pointer\":\"/slug\",\"detail\":\"must be a DNS label\"}]"));

        // When
        int exit = run("tenant", "create", "A!");

        // Then
        assertThat(exit).isEqualTo(4);
        assertThat(err()).contains("(registry: 400 invalid_input)", "/slug: must be a DNS label", "trace abc123");
        assertThat(out()).isEmpty();
    }

    @Test
    void shouldResolveASlugBeforeSuspending() {
        // Given
        fake.on("GET /api/v1/tenants/acme", Answer.json(200, "{\"id\":\"" + ID + "\"}"));
        fake.on("POST /api/v1/tenants/" + ID + "/suspend", Answer.json(200, "{\"state\":\"suspended\"}"));

        // When
        int exit = run("tenant", "suspend", "acme", "--reason", "unpaid bill");

        // Then
        assertThat(exit).isZero();
        assertThat(fake.asked().getLast().body()).isEqualTo("{\"reason\":\"unpaid bill\"}");
    }

    @Test
    void shouldKeepAnIssuedKeyForItsOwnerOnlyWhenAsked() throws Exception {
        // Given
        fake.on("GET /api/v1/tenants/acme", Answer.json(200, "{\"id\":\"" + ID + "\",\"slug\":\"acme\"}"));
        fake.on("POST /api/v1/tenants/" + ID + "/keys", Answer.json(201, "{\"id\":\"k\",\"secret\":\"pocket_tn_s\"}"));

        // When
        int exit = run("key", "issue", "acme", "--save");

        // Then
        assertThat(exit).isZero();
        assertThat(directory.resolve("home/secrets/tenant-keys/acme.key")).hasContent("pocket_tn_s");
        assertThat(Files.getPosixFilePermissions(directory.resolve("home/secrets/tenant-keys/acme.key"))).hasSize(2);
    }

    @Test
    void shouldShowADryRunAndDeployNothing() {
        // Given
        fake.on("POST /api/v1/stacks/plan", Answer.json(200, """
                {"backend":"bundle","changes":[{"action":"create","kind":"container","name":"web","detail":"64 MiB"}],
                "warnings":["small"]}"""));

        // When
        int exit = run("stack", "deploy", "hello", "-t", ID, "--template", "web", "-p", "memoryMib=64", "-p",
                "message=\"42\"",
                "--dry-run");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).contains("Backend: bundle").contains("create  container  web   64 MiB");
        assertThat(requests()).containsExactly("POST /api/v1/stacks/plan");
        assertThat(Json.read(fake.asked().getFirst().body())).isEqualTo(Json.read("""
                {"tenantId":"%s","name":"hello","template":"web","parameters":{"memoryMib":64,"message":"42"}}"""
                .formatted(ID)));
    }

    private void deployEndsWith(String state, String error) {
        fake.on("POST /api/v1/stacks", Answer.json(202, "{\"id\":\"" + OPERATION + "\"}"));
        var polls = new int[1];
        fake.on("GET /api/v1/operations/" + OPERATION, _ -> Answer.json(200, polls[0]++ == 0
                ? """
                {"state":"running","steps":[{"name":"render","state":"succeeded","message":""},
                {"name":"start","state":"running","message":"web"},{"name":"check","state":"pending"}]}"""
                : """
                {"id":"%s","state":"%s","stackId":"%s","steps":[{"name":"start","state":"%s","message":"done"}]%s}"""
                        .formatted(OPERATION, state, STACK, state, error)));
    }

    @Test
    void shouldFollowADeploymentStepByStep() {
        // Given
        deployEndsWith("succeeded", "");
        fake.on("GET /api/v1/stacks/" + STACK, Answer.json(200, "{\"name\":\"hello\",\"state\":\"running\"}"));

        // When
        int exit = run("stack", "deploy", "hello", "-t", ID, "--template", "web");

        // Then
        assertThat(exit).isZero();
        assertThat(err()).isEqualTo("render: succeeded\nstart: web ...\nstart: done\n");
        assertThat(out()).isEqualTo("name   hello\nstate  running\n");
    }

    @Test
    void shouldExitOneWhenADeploymentFails() {
        // Given
        deployEndsWith("failed", ",\"error\":{\"code\":\"image_missing\",\"message\":\"no such image\"}");

        // When
        int exit = run("stack", "deploy", "hello", "-t", ID, "--template", "web");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).contains("error: the deployment failed: no such image")
                .contains("pocket operation show " + OPERATION);
    }

    @Test
    void shouldDeleteOnlyWithTheNameAndTheETag() {
        // Given
        fake.on("GET /api/v1/stacks?limit=200",
                Answer.json(200, "{\"items\":[{\"id\":\"" + STACK + "\",\"name\":\"hello\"}]}"));
        fake.on("GET /api/v1/stacks/" + STACK, Answer.json(200, "{}").with("ETag", "\"7\""));
        fake.on("DELETE /api/v1/stacks/" + STACK, Answer.json(202, "{\"id\":\"" + OPERATION + "\"}"));
        fake.on("GET /api/v1/operations/" + OPERATION, Answer.json(200, "{\"state\":\"succeeded\"}"));
        int unconfirmed = run("stack", "delete", "hello");

        // When
        int exit = run("stack", "delete", "hello", "--yes", "hello");

        // Then
        assertThat(unconfirmed).isEqualTo(2);
        assertThat(exit).isZero();
        assertThat(fake.asked()).filteredOn(asked -> asked.method().equals("DELETE")).singleElement()
                .satisfies(asked -> assertThat(asked.headers()).containsEntry("if-match", "\"7\""));
    }

    @Test
    void shouldExitFiveForWhatIsNotThere() {
        // Given
        fake.on("GET /api/v1/stacks?limit=200", Answer.json(200, "{\"items\":[]}"));

        // When
        int exit = run("stack", "show", "hello");

        // Then
        assertThat(exit).isEqualTo(5);
        assertThat(err()).contains("there is no stack \"hello\"");
    }

    @Test
    void shouldStreamAChatAndNameTheModel() throws Exception {
        // Given
        Path key = Files.writeString(directory.resolve("key"), "pocket_tn_key\n");
        fake.on("POST /v1/chat/completions",
                new Answer(200, Map.of("Content-Type", "text/event-stream", "x-request-id", "r-1",
                        "x-pocket-model", "pocket/sandbox", "x-pocket-provider", "sandbox"), """
                        data: {"choices":[{"delta":{"role":"assistant"}}]}

                        data: {"choices":[{"delta":{"content":"Hel"}}]}

                        data: {"choices":[{"delta":{"content":"lo ä"}}]}

                        data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}

                        data: [DONE]

                        """));

        // When
        int exit = Pocket.run(cli(Map.of("POCKET_KEY", "")), "chat", "--key-file", key.toString(), "Say", "hello");

        // Then
        assertThat(exit).isEqualTo(0);
        assertThat(out()).isEqualTo("Hello ä\n");
        assertThat(err()).contains("pocket/sandbox at sandbox (built-in sandbox, not a real model), 3 + 2 tokens",
                "request r-1");
        Asked asked = fake.asked().getFirst();
        assertThat(asked.headers()).containsEntry("authorization", "Bearer pocket_tn_key");
        JsonNode body = Json.read(asked.body());
        assertThat(body.at("/model").asText()).isEqualTo("pocket/auto");
        assertThat(body.at("/messages/0/content").asText()).isEqualTo("Say hello");
    }

    @Test
    void shouldShowAWholeAnswerWithoutStreaming() {
        // Given
        fake.on("POST /v1/chat/completions", Answer.json(200,
                "{\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\"Hi\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}"));

        // When
        int exit = run("chat", "--no-stream", "-m", "m", "Hello");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("Hi\n");
        assertThat(fake.asked().getFirst().body()).doesNotContain("\"stream\"");
    }

    @Test
    void shouldSayThatAStreamFailedHalfWay() {
        // Given
        fake.on("POST /v1/chat/completions", new Answer(200, Map.of("Content-Type", "text/event-stream"),
                "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\ndata: {\"error\":{\"message\":\"upstream is gone\"}}\n\n"));

        // When
        int exit = run("chat", "Hello");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).contains("upstream is gone").doesNotContain("defect");
    }

    @Test
    void shouldExitOneWhenAnAuditChainIsBroken() {
        // Given
        fake.on("GET /api/v1/audit/verify",
                Answer.json(200,
                        "{\"tenants\":[{\"tenantId\":\"a\",\"rows\":3,\"head\":\"0123456789\",\"intact\":false,\"firstBreak\":2}]}"));

        // When
        int exit = run("audit", "verify");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(out()).contains("01234567  false").contains("2");
    }

    @Test
    void shouldPrintCompletionScripts() throws Exception {
        // When
        int exit = run("completion", "bash");

        // Then
        assertThat(exit).isZero();
        Path script = Files.writeString(directory.resolve("completion"), out());
        assertThat(new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start().waitFor()).isZero();
        assertThat(out()).contains("tenant").doesNotContain("rehearse --");
    }

    @Test
    void shouldShowNothingRunningAndExitThree() {
        // When
        int exit = run("status", "-o", "json");

        // Then
        assertThat(exit).isEqualTo(3);
        assertThat(Json.read(out()).at("/parts")).hasSize(5)
                .allSatisfy(part -> assertThat(Json.text(part, "/state")).isEqualTo("stopped"));
        assertThat(directory.resolve("home")).doesNotExist();
    }

    @Test
    void shouldExamineTheMachine() {
        // When
        int exit = run("doctor", "-o", "json");

        // Then
        JsonNode document = Json.read(out());
        assertThat(document.at("/checks")).hasSizeGreaterThanOrEqualTo(9)
                .allSatisfy(check -> assertThat(Json.text(check, "/level")).isIn("ok", "warn", "fail"))
                .filteredOn(check -> !Json.text(check, "/level").equals("ok"))
                .allSatisfy(check -> assertThat(Json.text(check, "/cure")).isNotEmpty());
        assertThat(exit).isEqualTo(document.at("/ok").asBoolean() ? 0 : 1);
    }
}
