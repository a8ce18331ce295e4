package dev.pocketagent.kit.registry;

/** The registry did not do what was asked: it is away, in trouble, or has refused ({@link RegistryRefusal}). */
public class RegistryException extends Exception {

    private final int status;
    private final String code;

    RegistryException(int status, String message) {
        this(status, "", message);
    }

    RegistryException(int status, String code, String message) {
        super(message);
        this.status = status;
        this.code = code;
    }

    /** Its HTTP status; 0 when it did not answer at all. */
    public int status() {
        return status;
    }

    /** The stable code of its problem, for example {@code not_found}; empty when it sent none. */
    public String code() {
        return code;
    }
}
