package dev.pocketagent.provisioner.backend;

import java.util.Objects;

/** A backend could not do what it was asked. The message is for people: no secrets, no Java names. */
public final class BackendException extends Exception {

    /** What kind of failure it is, and with that whether trying again may help. */
    public enum Kind {
        /** The place does not answer. Trying again later may help. */
        UNAVAILABLE(true),
        /** Something else has the name or the port, or changed under our hands. Trying again may help. */
        CONFLICT(true),
        /** The image is neither present nor could it be fetched. */
        IMAGE_MISSING(false),
        /** The service did not become healthy in its time, or ended. */
        UNHEALTHY(false),
        /** The place refused the specification. */
        REFUSED(false),
        /** The place cannot do this at all, e.g. logs of a bundle. */
        UNSUPPORTED(false),
        /** This worker must stop: its lease was taken over or the operation was cancelled. Nothing is wrong with the stack. */
        STOPPED(false),
        /** Anything else. */
        FAILED(false);

        private final boolean retryable;

        Kind(boolean retryable) {
            this.retryable = retryable;
        }
    }

    private final Kind kind;

    public BackendException(Kind kind, String message) {
        super(Objects.requireNonNull(message));
        this.kind = kind;
    }

    public BackendException(Kind kind, String message, Throwable cause) {
        super(Objects.requireNonNull(message), cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** Whether the same call may succeed a little later. */
    public boolean retryable() {
        return kind.retryable;
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNullElse(super.getMessage(), kind.name());
    }
}
