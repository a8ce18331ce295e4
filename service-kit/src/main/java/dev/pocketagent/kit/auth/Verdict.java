package dev.pocketagent.kit.auth;

import java.time.Duration;

/** What came out of checking a key. */
public sealed interface Verdict {

    /** The key opens what its role allows. */
    record Valid(KeyInfo key) implements Verdict {}

    /**
     * The key opens nothing.
     *
     * @param code {@code malformed}, {@code unknown}, {@code revoked}, {@code expired}, {@code tenant_suspended} or
     *     {@code tenant_deleted}; only {@code tenant_suspended} may be told to the caller
     */
    record Invalid(String code) implements Verdict {
        public static final String TENANT_SUSPENDED = "tenant_suspended";
    }

    /**
     * Too many checks from the caller's network failed of late, and this key is not known, so nobody was asked.
     *
     * @param pause until keys from there are looked up again
     */
    record Limited(Duration pause) implements Verdict {}

    /** Nobody could be asked, and nothing is remembered: neither yes nor no. */
    record Unavailable(String reason) implements Verdict {}
}
