package dev.pocketagent.cli.bench;

import dev.pocketagent.cli.command.Group;
import picocli.CommandLine.Command;

/** {@code pocket bench}: called by {@code bench/run}. */
@Command(name = "bench", hidden = true, description = "Measurements; see bench/run.", subcommands = StartCommand.class)
public final class BenchCommands extends Group {}
