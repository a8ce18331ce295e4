package dev.pocketagent.cli;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Format;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Terminal;
import picocli.CommandLine.Command;

/** Loads what most commands load, so that the launcher script can record an AOT cache of it. It reaches nothing. */
@Command(name = "rehearse", hidden = true, description = "Record which classes are used.")
final class RehearseCommand implements Callable<Integer> {

    /** A port on which nobody answers: HTTP is exercised up to the refusal. */
    private static final String NOBODY = "http://127.0.0.1:9";

    @Override
    public Integer call() throws Exception {
        Path home = Files.createTempDirectory("pocket-training");
        try {
            var nowhere = OutputStream.nullOutputStream();
            Terminal terminal = Terminal.of(nowhere, nowhere, true, true, 80);
            var cli = new Cli(terminal, Map.of("POCKET_HOME", home.resolve("none").toString(), "POCKET_KEY", "none",
                    "POCKET_REGISTRY_URL", NOBODY, "POCKET_PORT_OFFSET", "0"), home);
            for (String line : List.of("--help", "stack deploy --help", "status", "doctor -o json", "tenant list",
                    "nonsense")) {
                int _ = Pocket.run(cli, line.split(" "));
            }
            var row = Json.read("{\"items\":[{\"name\":\"a\",\"n\":1,\"at\":\"2026-01-01T00:00:00Z\"}]}");
            for (Format format : Format.values()) {
                new Printer(terminal, format).list(row, "",
                        List.of(Column.text("n", "/name"), Column.time("at", "/at")));
            }
        } finally {
            Files.delete(home);
        }
        return ExitCode.OK;
    }
}
