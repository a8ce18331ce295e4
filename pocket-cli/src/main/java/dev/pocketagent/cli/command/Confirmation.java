package dev.pocketagent.cli.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

import dev.pocketagent.cli.output.Terminal;

/** Destructive commands ask for the name of what they destroy. */
public final class Confirmation {

    private Confirmation() {}

    /**
     * @param given the name as the command line gave it; empty: a person at a terminal is asked
     * @throws CliException when it is not confirmed
     */
    public static void require(Terminal terminal, String noun, String name, String given) {
        String answer = given;
        if (answer.isEmpty() && terminal.errIsTerminal()) {
            terminal.err().print("Type the name of the " + noun + " to delete it (" + name + "): ");
            terminal.err().flush();
            answer = line();
        }
        if (!answer.equals(name)) {
            throw CliException.usage(answer.isEmpty() ? "deleting needs a confirmation" : "that is not its name",
                    "confirm with --yes " + name);
        }
    }

    private static String line() {
        try {
            String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            return line == null ? "" : line.strip();
        } catch (IOException _) {
            return "";
        }
    }
}
