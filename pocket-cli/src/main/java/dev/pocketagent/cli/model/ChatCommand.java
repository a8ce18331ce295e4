package dev.pocketagent.cli.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Terminal;
import dev.pocketagent.cli.output.Terminal.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket chat}. */
@Command(name = "chat", description = "Ask a model through the router, as a tenant.", footer = {"",
        "Without a prompt it is read from standard input; at a terminal it becomes a",
        "conversation, until an empty line. The key is --key-file, else $POCKET_KEY or",
        "$POCKET_KEY_FILE, else one kept by pocket key issue --save (the demo keeps one).", "",
        "Examples:", "  pocket chat -t acme \"What is in my context?\"",
        "  pocket chat -m pocket/sandbox --key-file acme.key < question.txt"})
public final class ChatCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Parameters(paramLabel = "PROMPT", arity = "0..*", description = "what to ask")
    private List<String> prompt = new ArrayList<>();

    @Option(names = {"-m",
            "--model"}, paramLabel = "MODEL", defaultValue = "pocket/auto", description = "model or alias (default: pocket/auto)")
    private String model = "pocket/auto";

    @Option(names = {"-s", "--system"}, paramLabel = "TEXT", description = "system message")
    private String system = "";

    @Option(names = "--no-stream", description = "show the answer when it is whole")
    private boolean noStream;

    @Option(names = "--key-file", paramLabel = "FILE", description = "file with a tenant's or an agent's key")
    private String keyFile = "";

    @Option(names = {"-t",
            "--tenant"}, paramLabel = "SLUG", description = "whose kept key is used (default: $POCKET_TENANT, else the only one)")
    private String tenant = "";

    public ChatCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws IOException {
        Printer printer = output.printer(cli);
        var chat = new Chat(cli.router(key()), model);
        ArrayNode messages = Json.array();
        if (!system.isEmpty()) {
            messages.addObject().put("role", "system").put("content", system);
        }
        boolean talk = prompt.isEmpty() && printer.forPeople() && cli.terminal().outIsTerminal()
                && System.console() != null;
        if (talk) {
            return talk(chat, messages, printer);
        }
        String text = prompt.isEmpty()
                ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip()
                : String.join(" ", prompt);
        if (text.isEmpty()) {
            throw CliException.usage("there is nothing to ask", "pocket chat \"Hello\"");
        }
        turn(chat, messages, text, printer);
        return ExitCode.OK;
    }

    private int talk(Chat chat, ArrayNode messages, Printer printer) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Terminal terminal = cli.terminal();
        while (true) {
            terminal.out().print(terminal.out(Style.CYAN, "> "));
            terminal.out().flush();
            String line = in.readLine();
            if (line == null || line.isBlank()) {
                return ExitCode.OK;
            }
            turn(chat, messages, line.strip(), printer);
        }
    }

    private void turn(Chat chat, ArrayNode messages, String text, Printer printer) {
        Terminal terminal = cli.terminal();
        messages.addObject().put("role", "user").put("content", text);
        boolean live = printer.forPeople() && !noStream;
        Chat.Answer answer = live ? chat.stream(messages, token -> {
            terminal.out().print(token);
            terminal.out().flush();
        }) : chat.whole(messages);
        messages.addObject().put("role", "assistant").put("content", answer.text());
        if (!printer.forPeople()) {
            printer.document(toJson(answer));
            return;
        }
        terminal.out().println(live ? "" : answer.text());
        terminal.err().println(terminal.err(Style.DIM, footer(answer)));
    }

    private static String footer(Chat.Answer answer) {
        String tokens = answer.outputTokens() == 0
                ? ""
                : String.format(Locale.ROOT, ", %d + %d tokens", answer.inputTokens(), answer.outputTokens());
        return "-- " + answer.model() + (answer.provider().isEmpty() ? "" : " at " + answer.provider())
                + (answer.sandbox() ? " (built-in sandbox, not a real model)" : "") + tokens + ", "
                + answer.totalMillis()
                + " ms" + (answer.requestId().isEmpty() ? "" : ", request " + answer.requestId());
    }

    private static ObjectNode toJson(Chat.Answer answer) {
        return Json.object().put("text", answer.text()).put("model", answer.model()).put("provider", answer.provider())
                .put("sandbox", answer.sandbox()).put("requestId", answer.requestId())
                .put("millis", answer.totalMillis())
                .put("inputTokens", answer.inputTokens()).put("outputTokens", answer.outputTokens());
    }

    private String key() throws IOException {
        if (!keyFile.isEmpty()) {
            return Cli.keyFile(Path.of(keyFile));
        }
        if (!cli.env("POCKET_KEY").isBlank() || !cli.env("POCKET_KEY_FILE").isBlank()) {
            return cli.key();
        }
        String asked = tenant.isEmpty() ? cli.env("POCKET_TENANT") : tenant;
        if (!asked.isEmpty()) {
            return cli.savedTenantKey(asked).orElseThrow(() -> noKey("no key of " + asked + " is kept here", asked));
        }
        Path directory = cli.home().root().resolve("secrets").resolve("tenant-keys");
        var kept = new ArrayList<Path>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.key")) {
                files.forEach(kept::add);
            }
        }
        if (kept.size() == 1) {
            return SecretFiles.read(kept.getFirst());
        }
        throw kept.isEmpty()
                ? noKey("chatting needs a tenant's key, and none is kept here", "TENANT")
                : CliException.usage("keys of several tenants are kept here", "name one: --tenant SLUG");
    }

    private static CliException noKey(String message, String tenant) {
        return CliException.usage(message,
                "issue one: pocket key issue " + tenant + " --save; or name a file: --key-file FILE");
    }
}
