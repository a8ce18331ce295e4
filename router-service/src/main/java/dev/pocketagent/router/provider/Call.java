package dev.pocketagent.router.provider;

/** A call under way. To be used on the event loop it was started on. */
public interface Call {

    /** Asks for no more chunks for now; what is on its way may still come. */
    void pause();

    void resume();

    /**
     * Gives the call up at once, also when its connection does not exist yet: the provider stops working. No callback
     * comes after this. Does nothing when the call is over.
     */
    void cancel();

    /** Whether the request left this process, so that the provider may have worked, and bills for it. */
    boolean sent();
}
