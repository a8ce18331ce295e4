package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.output.Terminal;
import dev.pocketagent.cli.output.Terminal.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pocket logs}. */
@Command(name = "logs", description = "Show the suite's logs.")
public final class LogsCommand implements Callable<Integer> {

    private static final long PAUSE_MILLIS = 200;

    private final Cli cli;

    @Parameters(paramLabel = "PART", arity = "0..*", description = "postgres, registry, provisioner, router, sync (default: all)")
    private List<String> names = new ArrayList<>();

    @Option(names = {"-n",
            "--lines"}, paramLabel = "N", defaultValue = "50", description = "last so many lines (default: 50)")
    private int lines = 50;

    @Option(names = {"-f", "--follow"}, description = "go on as they grow, until Ctrl-C")
    private boolean follow;

    public LogsCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Part> parts = names.isEmpty() ? List.of(Part.values()) : names.stream().map(Part::of).toList();
        if (!cli.home().exists()) {
            throw new CliException(ExitCode.UNREACHABLE,
                    "there are no logs: no suite was started from " + cli.home().root(),
                    "start one: pocket up");
        }
        Map<Part, Long> read = new EnumMap<>(Part.class);
        for (Part part : parts) {
            Path log = cli.home().log(part);
            read.put(part, Files.exists(log) ? Files.size(log) : 0L);
            LogFile.tail(log, lines).forEach(line -> print(part, parts.size() > 1, line));
        }
        while (follow) {
            Thread.sleep(PAUSE_MILLIS);
            for (Part part : parts) {
                read.compute(part, (_, from) -> printNew(part, parts.size() > 1, from == null ? 0 : from));
            }
        }
        return ExitCode.OK;
    }

    /** @return up to where it has been shown: whole lines only */
    private long printNew(Part part, boolean named, long from) {
        try (var file = new RandomAccessFile(cli.home().log(part).toFile(), "r")) {
            long start = file.length() < from ? 0 : from;
            byte[] bytes = new byte[(int) Math.min(file.length() - start, 1 << 20)];
            file.seek(start);
            file.readFully(bytes);
            int whole = bytes.length;
            while (whole > 0 && bytes[whole - 1] != '\n') {
                whole--;
            }
            new String(bytes, 0, whole, StandardCharsets.UTF_8).lines().forEach(line -> print(part, named, line));
            return start + whole;
        } catch (IOException _) {
            return 0;
        }
    }

    private void print(Part part, boolean named, String line) {
        Terminal terminal = cli.terminal();
        String name = named ? terminal.out(Style.CYAN, String.format("%-11s ", part.id())) : "";
        terminal.out().println(name + line);
    }
}
