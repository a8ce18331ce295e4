package dev.pocketagent.kit.body;

/** What came of asking for room for a body, or for more of it. */
public enum Room {
    GRANTED,
    /** The body has, or announces, more than the most that is allowed. */
    TOO_LARGE,
    /** The sender has other bodies under way; fewer at once would do. */
    OWN_SHARE_USED,
    /** Others have it all now. */
    ALL_USED
}
