package dev.pocketagent.registry.pocketbase;

/** Whose value holds when both sides changed the same field differently. */
public enum Conflict {
    /** PocketBase gets the registry's value, where the field is written back. */
    REGISTRY_WINS,
    /** The tenant gets PocketBase's value. */
    POCKETBASE_WINS,
    /** Nothing changes until a person makes both sides equal. */
    REPORT
}
