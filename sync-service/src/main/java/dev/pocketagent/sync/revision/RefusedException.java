package dev.pocketagent.sync.revision;

/** A tree breaks a rule or passes a cap, so it never becomes a revision. The message names no content and no secret. */
public final class RefusedException extends Exception {

    private final String rule;
    private final String path;

    /**
     * @param rule stable word for the rule that was broken, such as {@code dot-name} or {@code too-many-files}
     * @param path where it was broken, from the root of the tree; empty for the tree as a whole
     * @param detail one sentence for people
     */
    public RefusedException(String rule, String path, String detail) {
        super(detail);
        this.rule = rule;
        this.path = path;
    }

    public String rule() {
        return rule;
    }

    public String path() {
        return path;
    }

    /** The sentence for people; never null, unlike {@link #getMessage()}. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
