package dev.pocketagent.cli.http;

import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;

import org.jspecify.annotations.Nullable;

/** Nobody answered: refused, timed out, or cut off. */
public final class UnreachableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String service;
    private final URI address;

    UnreachableException(String service, URI address, String reason, Throwable cause) {
        super(reason, cause);
        this.service = service;
        this.address = address;
    }

    /** Whether the name of the host means nothing here. */
    public boolean isUnknownHost() {
        return hasUnknownHost(getCause());
    }

    static boolean hasUnknownHost(@Nullable Throwable thrown) {
        for (Throwable each = thrown; each != null; each = each.getCause()) {
            if (each instanceof UnresolvedAddressException || each instanceof UnknownHostException) {
                return true;
            }
        }
        return false;
    }

    public String service() {
        return service;
    }

    public URI address() {
        return address;
    }
}
