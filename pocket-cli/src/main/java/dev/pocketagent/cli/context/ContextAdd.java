package dev.pocketagent.cli.context;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.Converters;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantOption;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.http.UnreachableException;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code context add}. */
@Command(name = "add", aliases = "create", description = "Add a source and wait until it is live.", footer = {"",
        "Examples:", "  pocket context add brain -t acme --git https://git.example.com/acme/brain.git \\",
        "      --token-file token --publish-to agents/brain",
        "  pocket context add notes -t acme --local /srv/notes"})
final class ContextAdd implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Mixin
    private TenantOption tenant = new TenantOption();

    @Parameters(paramLabel = "NAME", description = "name of the source, unique in its tenant")
    private String name = "";

    @Option(names = "--git", paramLabel = "URL", description = "git repository")
    private String git = "";

    @Option(names = "--local", paramLabel = "DIRECTORY", description = "directory of the machine that sync runs on")
    private String local = "";

    @Option(names = "--ref", paramLabel = "REF", description = "branch or tag (default: the repository's)")
    private String ref = "";

    @Option(names = "--publish-to", paramLabel = "DIRECTORY", description = "where agents find it, below sync's publish root")
    private String publishTo = "";

    @Option(names = "--username", paramLabel = "NAME", description = "user of a private repository (default: x-access-token)")
    private String username = "";

    @Option(names = "--token-file", paramLabel = "FILE", description = "file with the token for a private repository")
    private String tokenFile = "";

    @Option(names = "--forge", paramLabel = "FORGE", description = "github, gitlab, gitea, bitbucket or standard: who sends webhooks")
    private String forge = "";

    @Option(names = "--no-wait", description = "do not wait until it is live")
    private boolean noWait;

    @Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "2m", converter = Converters.Timeout.class, description = "how long to wait (default: 2m)")
    private Duration timeout = Duration.ofMinutes(2);

    ContextAdd(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        JsonNode made = cli.sync().post(ContextCommands.PATH, body()).body();
        Printer printer = output.printer(cli);
        String secret = Json.text(made, "/webhookSecret");
        if (noWait) {
            printer.one(made);
            noteSecret(secret);
            return ExitCode.OK;
        }
        if (printer.forPeople() && !secret.isEmpty()) {
            // At once: whoever ends the wait by Ctrl-C would never see it.
            printer.one(Json.object().put("webhookUrl", Json.text(made, "/webhookUrl")).put("webhookSecret", secret));
            noteSecret(secret);
        }
        String path = ContextCommands.PATH + "/" + Json.text(made, "/id");
        try {
            ContextCommands.sync(cli, path, timeout, "the first synchronisation of " + name, cure());
        } finally {
            printer.one(present(path, made));
            if (!printer.forPeople()) {
                noteSecret(secret);
            }
        }
        return ExitCode.OK;
    }

    private ObjectNode body() {
        if (git.isEmpty() == local.isEmpty()) {
            throw CliException.usage("a source is either a git repository or a local directory",
                    "give one of --git URL and --local DIRECTORY");
        }
        ObjectNode body = Json.object().put("name", name);
        tenant.into(cli, body);
        if (local.isEmpty()) {
            body.put("kind", "git").put("url", git);
        } else {
            body.put("kind", "local").put("path", Path.of(local).toAbsolutePath().normalize().toString());
        }
        put(body, "ref", ref);
        put(body, "publishTo", publishTo);
        put(body, "forge", forge);
        if (!tokenFile.isEmpty()) {
            ObjectNode auth = body.putObject("auth");
            put(auth, "username", username);
            auth.put("token", Cli.keyFile(Path.of(tokenFile)));
        }
        return body;
    }

    private static void put(ObjectNode body, String field, String value) {
        if (!value.isEmpty()) {
            body.put(field, value);
        }
    }

    private void noteSecret(String secret) {
        if (!secret.isEmpty()) {
            cli.terminal().err().println("The webhook secret is not shown again: give it to the forge now.");
        }
    }

    /** What the service did not take back: the source is there, whatever became of its first synchronisation. */
    private String cure() {
        String whose = tenant.asked(cli).isEmpty() ? "" : " -t " + tenant.asked(cli);
        return "the source is there: try again by pocket context sync " + name + whose
                + "; with a wrong address or token, pocket context remove " + name + whose + " and add it anew";
    }

    /** The source as it is now; as it was made, when nobody tells. Programs get what only the first answer has, too. */
    private JsonNode present(String path, JsonNode made) {
        JsonNode now;
        try {
            now = cli.sync().get(path).body();
        } catch (ApiException | UnreachableException _) {
            return made;
        }
        JsonNode secret = made.path("webhookSecret");
        if (!output.printer(cli).forPeople() && secret.isTextual() && now instanceof ObjectNode source) {
            source.set("webhookSecret", secret);
        }
        return now;
    }
}
