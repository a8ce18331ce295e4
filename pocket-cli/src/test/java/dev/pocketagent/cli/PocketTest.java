package dev.pocketagent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.FakeServices.Asked;
import dev.pocketagent.cli.output.Json;
import picocli.CommandLine;

/** Command lines in, requests and output out. */
class PocketTest extends CommandTestBase {

    private static final String STACK = "01990000-0000-7000-8000-000000000002";
    private static final String OPERATION = "01990000-0000-7000-8000-000000000003";

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
        assertThat(help).hasSizeGreaterThan(80);
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
    @ValueSource(ints = {1, 40, 54, 55})
    void shouldWorkAtANarrowTerminal(int columns) {
        // When
        int exit = runAt(columns, "tenant", "list", "--help");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).contains("List tenants");
    }

    @Test
    void shouldListEveryCommandByNameAndEveryVerbOfTheRegistry() {
        // Given
        CommandLine pocket = Pocket.commandLine(cli(Map.of()));
        Pattern entry = Pattern.compile("^  ([a-z-]+)(, [a-z]+)* .*");

        // When
        Map<String, List<String>> verbs = new HashMap<>();
        for (CommandLine noun : pocket.getSubcommands().values()) {
            String list = noun.getUsageMessage().replaceFirst("(?s)^.*Commands:", "");
            verbs.put(noun.getCommandName(), noun.getSubcommands().isEmpty()
                    ? List.of()
                    : list.lines().map(entry::matcher).filter(Matcher::matches).map(each -> each.group(1)).toList());
        }

        // Then
        assertThat(verbs).allSatisfy((noun, of) -> assertThat(of).as(noun).isSorted());
        assertThat(verbs).containsEntry("tenant", List.of("create", "delete", "edit", "export", "list", "purge",
                "quota", "resume", "set-id", "show", "suspend", "undelete", "unset-id"))
                .containsEntry("plan", List.of("create", "list", "show", "versions"))
                .containsEntry("key", List.of("issue", "list", "revoke", "rotate", "show"))
                .containsEntry("reservation", List.of("confirm", "create", "list", "release", "show"))
                .containsEntry("audit", List.of("export", "heads", "list", "verify"))
                .containsEntry("event", List.of("list"))
                .containsEntry("webhook", List.of("create", "delete", "deliveries", "edit", "list", "replay", "retry",
                        "rotate-secret", "show", "test"))
                .containsEntry("pocketbase", List.of("report", "status", "sync"));
        List<String> accounts = pocket.getUsageMessage().replaceFirst("(?s)^.*Accounts:\\R", "").lines()
                .takeWhile(line -> !line.isBlank()).map(line -> line.strip().split(" ")[0]).toList();
        assertThat(accounts).containsExactly("audit", "event", "key", "plan", "pocketbase", "reservation", "tenant",
                "webhook");
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

    @ParameterizedTest
    @CsvSource({"help,--help", "help tenant,tenant --help", "help tenant create,tenant create --help",
            "version,--version"})
    void shouldHelpInBothWays(String line, String other) {
        // Given
        run(other.split(" "));
        String expected = out();

        // When
        int exit = run(line.split(" "));

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo(expected + expected).isNotEmpty();
        assertThat(run("help", "nonsense")).isEqualTo(2);
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
    void shouldSayThatANameDoesNotResolve() {
        // When
        int exit = Pocket.run(cli(Map.of("POCKET_REGISTRY_URL", "http://no-such-host.invalid")), "tenant", "list");

        // Then
        assertThat(exit).isEqualTo(3);
        assertThat(err()).contains("the name no-such-host.invalid does not resolve", "POCKET_REGISTRY_URL")
                .doesNotContain("refused", "pocket up");
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
    @CsvSource({"stack list,stacks", "context list,sources", "usage,usage", "audit list,audit"})
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

    @Test
    void shouldSumTheUsageOfAPeriod() {
        // Given
        fake.on("GET /api/v1/usage/summary?from=2026-10-01T00%3A00%3A00Z&to=2026-11-01T00%3A00%3A00Z", Answer.json(200,
                "{\"models\":[{\"model\":\"openai/x\",\"requests\":3,\"inputTokens\":10,\"outputTokens\":5,\"costMicros\":2500000}]}"));

        // When
        int exit = run("usage", "--summary", "--since", "2026-10-01", "--until", "2026-11-01");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).contains("openai/x").contains("$2.50");
        assertThat(run("usage", "--since", "2026-10-01")).isEqualTo(2);
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
    void shouldChatAsTheTenantOfTheEnvironment() throws Exception {
        // Given
        Path keys = Files.createDirectories(directory.resolve("home/secrets/tenant-keys"));
        Files.writeString(keys.resolve("acme.key"), "pocket_tn_acme\n");
        Files.writeString(keys.resolve("other.key"), "pocket_tn_other\n");
        fake.on("POST /v1/chat/completions",
                Answer.json(200, "{\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}"));

        // When
        int exit = Pocket.run(cli(Map.of("POCKET_KEY", "", "POCKET_TENANT", "acme")), "chat", "--no-stream", "Hello");

        // Then
        assertThat(exit).isZero();
        assertThat(fake.asked().getFirst().headers()).containsEntry("authorization", "Bearer pocket_tn_acme");
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

    @Test
    void shouldExamineWhetherTheKeyInUseIsAccepted() {
        // Given
        fake.on("GET /api/v1/keys?limit=1", Answer.problem(401, "unauthenticated", ""));

        // When
        int exit = run("doctor", "-o", "json");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(Json.read(out()).at("/checks")).filteredOn(check -> Json.text(check, "/name").equals("key"))
                .singleElement().satisfies(check -> assertThat(Json.text(check, "/level")).isEqualTo("fail"))
                .satisfies(check -> assertThat(Json.text(check, "/cure")).contains("POCKET_KEY_FILE"));
    }

    @Test
    void shouldExamineWhetherTheKeyCanBeRead() {
        // When
        int exit = Pocket.run(cli(Map.of("POCKET_KEY", "", "POCKET_KEY_FILE", "/no/such/key")), "doctor");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(out()).contains("the key file /no/such/key cannot be read");
    }
}
