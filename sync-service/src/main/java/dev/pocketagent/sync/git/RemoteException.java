package dev.pocketagent.sync.git;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * A remote could not be read. The message is a sentence of ours: what the remote said is never repeated, because a tenant could read
 * answers of hosts that only this machine reaches.
 */
public final class RemoteException extends IOException {

    /** What went wrong, as a stable word for programs. */
    public enum Reason {
        /** The address is not allowed: private, loopback, link-local. Waiting does not help. */
        OUTBOUND_REFUSED,
        /** The host does not answer, answers nonsense or breaks off. */
        UNREACHABLE,
        /** It took longer than allowed. */
        TIMEOUT,
        /** The credentials are missing or not accepted. */
        UNAUTHORIZED,
        /** There is no repository at this address. */
        NOT_FOUND,
        /** A repository on disk refers to files outside of itself. */
        LEADS_OUT,
        /** The host redirects to another address; redirects are not followed. */
        REDIRECTED,
        /** The repository has no branch or tag of this name, or is empty. */
        REF_NOT_FOUND,
        /** More bytes than allowed would have to be received. */
        TOO_LARGE;

        public String code() {
            return "remote-" + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    private final Reason reason;

    public RemoteException(Reason reason, String detail, @Nullable Throwable cause) {
        super(detail, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** The sentence for people; never null, unlike {@link #getMessage()}. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
