package dev.pocketagent.registry.audit;

/**
 * The end of a chain.
 *
 * @param seq of its last row; 0 for a chain without rows
 */
record Head(long seq, Hash hash) {

    static final Head NONE = new Head(0, Hash.ZERO);
}
