package dev.pocketagent.cli.http;

import java.net.URI;

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

    public String service() {
        return service;
    }

    public URI address() {
        return address;
    }
}
