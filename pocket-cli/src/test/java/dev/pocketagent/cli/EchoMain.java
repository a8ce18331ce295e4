package dev.pocketagent.cli;

import java.util.List;

/** Stands in for the CLI's jar in tests of the launcher script: says how it was called. */
public final class EchoMain {

    private EchoMain() {}

    public static void main(String[] args) {
        System.out.println("args " + List.of(args));
        System.out.println("root " + System.getProperty("pocket.root"));
        System.out.println("tty [" + System.getProperty("pocket.tty") + "]");
        System.out.println("java " + Runtime.version().feature());
        System.out.println("home " + System.getenv("HOME"));
    }
}
