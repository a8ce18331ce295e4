package dev.pocketagent.cli.output;

/** What {@code -o} chooses. */
public enum Format {
    /** for people */
    table,
    /** for programs: one document on standard output */
    json,
    /** for files */
    yaml
}
