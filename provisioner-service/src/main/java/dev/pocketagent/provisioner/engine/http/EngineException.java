package dev.pocketagent.provisioner.engine.http;

import java.io.IOException;
import java.util.Objects;

/** A call to the engine that brought no usable answer, or one that says no. */
public final class EngineException extends IOException {

    private static final long serialVersionUID = 1;

    /** What went wrong. */
    public enum Kind {
        /** Nobody listens or accepts, or the socket may not be opened. The engine did not see the call. */
        UNREACHABLE,
        /** No complete answer in time. Whether the engine did what was asked is unknown. */
        TIMEOUT,
        /** The answer was cut, too long or not HTTP. Whether the engine did what was asked is unknown. */
        BROKEN,
        /** The caller did not want to wait any longer, or its thread was interrupted. */
        ABANDONED,
        /** The engine answered with an error status. */
        REFUSED
    }

    private final Kind kind;
    private final int status;

    public EngineException(Kind kind, String message) {
        super(Objects.requireNonNull(message));
        this.kind = kind;
        this.status = 0;
    }

    public EngineException(Kind kind, String message, Throwable cause) {
        super(Objects.requireNonNull(message), cause);
        this.kind = kind;
        this.status = 0;
    }

    /** An error status and what the engine said about it. */
    public EngineException(int status, String message) {
        super(Objects.requireNonNull(message));
        this.kind = Kind.REFUSED;
        this.status = status;
    }

    public Kind kind() {
        return kind;
    }

    /** The HTTP status, or 0 when there was none. */
    public int status() {
        return status;
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNullElse(super.getMessage(), kind.name());
    }
}
