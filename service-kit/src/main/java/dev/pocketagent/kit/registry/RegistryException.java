package dev.pocketagent.kit.registry;

/** The registry did not do what was asked. */
public final class RegistryException extends Exception {

    private final int status;

    RegistryException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** Its HTTP status; 0 when it did not answer at all. */
    public int status() {
        return status;
    }
}
