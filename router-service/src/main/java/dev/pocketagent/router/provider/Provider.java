package dev.pocketagent.router.provider;

/** A place where models run. The seam for every further kind of upstream. */
public interface Provider {

    String name();

    /** What it is, as in the configuration, e.g. {@code openai-compatible}. */
    String type();

    Health health();

    /**
     * Starts one call. Must be called on an event loop; the answer comes on the same one, never before this method has
     * returned. Never throws.
     */
    Call start(Ask ask, Answer answer);

    /** Lets go of connections. */
    void close();
}
