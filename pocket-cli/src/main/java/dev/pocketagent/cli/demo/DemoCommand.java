package dev.pocketagent.cli.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.Converters;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Failure;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.launch.StartedHere;
import dev.pocketagent.cli.launch.Suite;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pocket demo}. */
@Command(name = "demo", description = "Start the suite and walk its main job, from tenant to answer.", footer = {
        "", "A second run works on what the first one left. With OPENAI_API_KEY,",
        "ANTHROPIC_API_KEY or a running Ollama the answer comes from a real model, else",
        "from the built-in sandbox, and the output says which."})
public final class DemoCommand implements Callable<Integer> {

    private final Cli cli;

    @Option(names = "--json", description = "print one JSON document instead: steps with milliseconds, addresses, ids")
    private boolean json;

    @Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "2m", converter = Converters.Timeout.class, description = "how long the services may take to be ready (default: 2m)")
    private Duration timeout = Duration.ofMinutes(2);

    @Option(names = "--no-aot-cache", description = "start without AOT caches")
    private boolean noCache;

    public DemoCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Instant begin = Instant.now();
        GitRepository.requireGit();
        Terminal terminal = json ? cli.terminal().withoutOut() : cli.terminal();
        var screen = new Screen(terminal, Journey.length());
        var started = new StartedHere(cli.home(), terminal).armed();
        var options = new Suite.UpOptions(timeout, !noCache, List.of());
        screen.line("PocketAgent Cloud demo: the main job, with real parts, on this machine");
        screen.line("");
        var journey = new Journey(cli.with(terminal), started, screen, options, begin);
        Failure failure = journey.walk();
        // What runs stays, for looking into it, even when a step failed; only Ctrl-C takes it down.
        started.keep();
        if (json) {
            cli.terminal().out().println(Json.pretty(journey.document()));
        } else if (failure == null) {
            goOn(screen, journey.document());
        }
        if (failure == null) {
            return ExitCode.OK;
        }
        failure.print(cli.terminal());
        return failure.exitCode() == ExitCode.OK ? ExitCode.FAILED : failure.exitCode();
    }

    private void goOn(Screen screen, JsonNode document) {
        JsonNode addresses = document.path("addresses");
        screen.heading(
                "All of it worked, in " + Durations.shown(Duration.ofMillis(document.path("milliseconds").asLong()))
                        + ". Where things are");
        for (Part part : Part.SERVICES) {
            screen.fact(part.id(), Json.text(addresses, "/" + part.id()) + "   management "
                    + Json.text(addresses, "/" + part.id() + "Management") + "/q");
        }
        screen.fact("postgres",
                Json.text(addresses, "/postgres") + "   (passwords: " + shown(cli.home().secrets()) + "/db-*)");
        for (String name : List.of("stack", "bundle", "repository", "webhook")) {
            if (addresses.has(name)) {
                screen.fact(name, Json.text(addresses, "/" + name));
            }
        }
        screen.fact("state", shown(cli.home().root()));
        screen.heading("Credentials, for this machine only");
        Path tenantKey = cli.home().tenantKey(TenantSteps.TENANT);
        screen.fact("operator key", SecretFiles.read(cli.home().operatorKey()));
        screen.fact("", "in " + shown(cli.home().operatorKey()));
        screen.fact("tenant key", SecretFiles.read(tenantKey));
        screen.fact("", "in " + shown(tenantKey));
        screen.heading("Go on");
        screen.line("  ./pocket chat \"What is in my context?\"       ask again");
        screen.line("  ./pocket stack list -t demo                  what is deployed");
        screen.line("  ./pocket usage -t demo                       what it cost");
        screen.line("  ./pocket status    ./pocket logs -f router   how it is");
        screen.line("  ./pocket down                                stop it; the data stays");
        screen.line("  Any OpenAI client: base URL " + Json.text(addresses, "/router") + "/v1, the tenant key,");
        screen.line("  model pocket/auto." + (document.path("sandbox").asBoolean()
                ? " For a real model: OPENAI_API_KEY=... ./pocket demo"
                : ""));
    }

    private String shown(Path path) {
        String home = cli.env("HOME");
        String text = path.toString();
        return !home.isEmpty() && text.startsWith(home + "/") ? "~" + text.substring(home.length()) : text;
    }
}
