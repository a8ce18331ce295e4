package dev.pocketagent.kit.http;

/**
 * Names, reasons and other text of one line. It ends up on terminals and in logs, so it holds no control characters (those
 * beyond ASCII included: U+009B begins a terminal's command), nothing that turns the direction of what follows, and no half of
 * a character.
 */
public final class OneLine {

    /** A regular expression for the whole text; empty text matches. */
    public static final String REGEX = "[^\\p{Cc}\\p{Cs}\\u2028\\u2029\\u202A-\\u202E\\u2066-\\u2069]*";

    private OneLine() {}
}
