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

import dev.pocketagent.cli.FakeServices.Answer;
import picocli.CommandLine;

/** The command line as such: help, wrong lines, exit codes. What the commands do is tested beside them. */
class PocketTest extends CommandTestBase {

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
                .containsEntry("model", List.of("list"))
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
    void shouldPrintCompletionScripts() throws Exception {
        // When
        int exit = run("completion", "bash");

        // Then
        assertThat(exit).isZero();
        Path script = Files.writeString(directory.resolve("completion"), out());
        assertThat(new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start().waitFor()).isZero();
        assertThat(out()).contains("tenant").doesNotContain("rehearse --");
    }
}
