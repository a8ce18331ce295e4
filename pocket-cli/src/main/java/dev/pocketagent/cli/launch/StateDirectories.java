package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.util.List;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;

/** Removing a whole state directory, for suites that were made to be thrown away. */
public final class StateDirectories {

    private StateDirectories() {}

    /** @throws CliException when something of it runs */
    public static void delete(Home home) throws IOException {
        boolean runs = List.of(Part.values()).stream().flatMap(part -> RunRecord.read(home, part).stream())
                .anyMatch(record -> record.process().isAlive());
        if (runs) {
            throw CliException.failed("a suite runs in " + home.root(),
                    "stop it first: POCKET_HOME=" + home.root() + " pocket down");
        }
        PostgresBinaries.deleteTree(home.root());
        PostgresBinaries.deleteTree(PostgresServer.elsewhere(home));
    }
}
