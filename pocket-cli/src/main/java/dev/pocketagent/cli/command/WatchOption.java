package dev.pocketagent.cli.command;

import java.time.Duration;
import java.util.function.IntSupplier;

import dev.pocketagent.cli.output.Terminal;
import picocli.CommandLine.Option;

/** {@code --watch}: shows the same again every two seconds until Ctrl-C. */
public final class WatchOption {

    private static final Duration PAUSE = Duration.ofSeconds(2);

    @Option(names = {"-w", "--watch"}, description = "show it again every 2 s, until Ctrl-C")
    private boolean watch;

    /** @param show shows once and tells the exit code */
    public int run(Terminal terminal, IntSupplier show) throws InterruptedException {
        if (!watch) {
            return show.getAsInt();
        }
        while (true) {
            if (terminal.outIsTerminal()) {
                terminal.out().print("\u001b[H\u001b[2J\u001b[3J");
            }
            int _ = show.getAsInt();
            terminal.out().flush();
            Thread.sleep(PAUSE);
        }
    }
}
