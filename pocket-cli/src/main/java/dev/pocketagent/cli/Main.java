package dev.pocketagent.cli;

import dev.pocketagent.cli.command.Cli;

/** Where the JVM begins. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        System.exit(Pocket.run(Cli.system(), args));
    }
}
