package dev.pocketagent.kit.start;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/** The main class of every service: Quarkus as usual, and beside it the loading of the classes that its start needs. */
@QuarkusMain
public final class Main {

    private Main() {}

    public static void main(String... arguments) {
        ClassPreloader.startWhereUseful();
        Quarkus.run(arguments);
    }
}
