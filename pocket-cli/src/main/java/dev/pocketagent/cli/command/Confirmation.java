package dev.pocketagent.cli.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

import dev.pocketagent.cli.output.Terminal;

/** Destructive commands ask for the name of what they destroy; others that weigh, for a yes. */
public final class Confirmation {

    private Confirmation() {}

    /**
     * @param given the name as the command line gave it; empty: a person at a terminal is asked
     * @throws CliException when it is not confirmed
     */
    public static void require(Terminal terminal, String noun, String name, String given) {
        require(terminal, "delete", noun, name, given);
    }

    /** @param verb what will be done, such as {@code delete} */
    public static void require(Terminal terminal, String verb, String noun, String name, String given) {
        String answer = given;
        if (answer.isEmpty() && terminal.errIsTerminal()) {
            answer = ask(terminal, "Type the name of the " + noun + " to " + verb + " it (" + name + "): ");
        }
        if (!answer.equals(name)) {
            throw CliException.usage(answer.isEmpty()
                    ? "to " + verb + " a " + noun + " needs a confirmation"
                    : "that is not its name", "confirm with --yes " + name);
        }
    }

    /**
     * @param agreed whether the command line said yes already; else a person at a terminal is asked
     * @throws CliException when the answer is not yes
     */
    public static void agree(Terminal terminal, String question, boolean agreed) {
        if (agreed) {
            return;
        }
        String answer = terminal.errIsTerminal() ? ask(terminal, question + " [y/N] ").toLowerCase(Locale.ROOT) : "";
        if (!answer.equals("y") && !answer.equals("yes")) {
            throw CliException.usage("nothing was changed: " + question + " was not answered with yes",
                    "confirm with --yes");
        }
    }

    private static String ask(Terminal terminal, String question) {
        terminal.err().print(question);
        terminal.err().flush();
        try {
            String line = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8)).readLine();
            return line == null ? "" : line.strip();
        } catch (IOException _) {
            return "";
        }
    }
}
