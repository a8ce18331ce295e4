package dev.pocketagent.provisioner.backend;

import java.util.List;

/**
 * Where stacks run. One implementation a kind of place.
 *
 * <p>
 * All calls block the calling thread. All calls may be repeated at any time and by another process: after a crash the same change is
 * executed again, so {@link #execute} looks at what is there first and does only what is missing.
 */
public interface Backend {

    /** The stable short name that the API shows, e.g. {@code engine} or {@code bundle}. */
    String name();

    /** Whether this backend can work now. Cheap enough to be asked on every request (an implementation may remember it briefly). */
    Availability availability();

    /**
     * What is there of this stack, found by its labels and never by what we believe we did.
     *
     * @throws BackendException when the place cannot be asked
     */
    Observed observe(StackId stack) throws BackendException;

    /**
     * Carries out one planned change. Returning normally means that the change holds, whoever made it.
     *
     * @param spec the whole stack as it should be; for removals the last known one
     * @param progress where to tell what happens, and where to learn that this worker must stop
     * @throws BackendException when the change could not be made; {@link BackendException#retryable()} says if trying again may help
     */
    void execute(Change change, StackSpec spec, Progress progress) throws BackendException;

    /**
     * The last lines that a service wrote, oldest first, without secrets of the specification being added by us.
     *
     * @param lines at most so many, 1 or more
     * @throws BackendException when the place cannot be asked, or keeps no logs
     */
    List<String> logs(StackId stack, String service, int lines) throws BackendException;
}
