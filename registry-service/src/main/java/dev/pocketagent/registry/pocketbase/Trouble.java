package dev.pocketagent.registry.pocketbase;

import java.util.Locale;

/** What keeps the bridge from its work. */
enum Trouble {
    /** A setting is missing or wrong; nothing was asked. */
    MISCONFIGURED,
    /** Nothing answers at the address. */
    UNREACHABLE,
    /** The certificate is not trusted, or no TLS can be agreed. */
    TLS_REFUSED,
    /** The answer did not come in time, or only in drops. */
    TIMED_OUT,
    /** The address leads elsewhere; redirects are not followed, so that the token goes nowhere else. */
    REDIRECTED,
    /** What answers is no PocketBase: no JSON, or not the JSON that PocketBase sends. */
    NOT_POCKETBASE,
    /** The answer is larger than we take. */
    ANSWER_TOO_LARGE,
    /** Identity and password are not accepted. */
    SIGN_IN_REFUSED,
    /** The token's time is over, by its own {@code exp} claim. PocketBase would answer it like a guest. */
    TOKEN_EXPIRED,
    /** PocketBase treats us as a guest or an ordinary user, whose lists are short without saying so. */
    NOT_SUPERUSER,
    /** There is no such collection. */
    COLLECTION_UNKNOWN,
    /** The collection has no field for the slug. */
    FIELD_UNKNOWN,
    /** Too many requests, also after waiting. */
    RATE_LIMITED,
    /** PocketBase, or a proxy before it, fails. */
    SERVER_ERROR,
    /** PocketBase refuses the values that we write. */
    REFUSED,
    /** The record is gone. */
    RECORD_UNKNOWN,
    /** Records vanished while the list was read, twice. */
    LIST_CHANGED,
    /** The collection holds more records than we read. */
    TOO_MANY_RECORDS,
    /** Another replica took over, because this one did not show signs of life in time. */
    LEASE_LOST,
    /** Something failed on our side. */
    INTERNAL;

    /** As reports and metrics show it. */
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
