package dev.pocketagent.cli.command;

/** The end of our own JVM, as a command sees it that is still at work. */
public final class Shutdown {

    private Shutdown() {}

    /**
     * Does not return once the JVM ends (Ctrl-C): what the caller is about to report fails because the shutdown hook takes it
     * down, and the hook has the word.
     */
    public static void parkIfUnderWay() {
        Thread probe = new Thread(() -> {
        });
        try {
            Runtime.getRuntime().addShutdownHook(probe);
            Runtime.getRuntime().removeShutdownHook(probe);
        } catch (IllegalStateException _) {
            park();
        }
    }

    private static void park() {
        while (true) {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException _) {
                // the JVM is about to be gone
            }
        }
    }
}
