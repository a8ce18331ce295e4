package dev.pocketagent.provisioner.backend;

/**
 * One step from what runs to what should run. The strings are enough to show the step and, with the {@link StackSpec}, to do it.
 */
public sealed interface Change {

    /** The part that changes, by its logical name; the stack's name for a bundle. */
    String part();

    /** Whether carrying it out changes anything in the place; waiting does not. */
    default boolean mutates() {
        return true;
    }

    record CreateNetwork(String part) implements Change {}

    record CreateVolume(String part) implements Change {}

    /** Fetches the image when it is missing and creates the container without starting it. */
    record CreateContainer(String part) implements Change {}

    /**
     * Stops and removes the container with the given id and creates the wanted one without starting it. Volumes stay.
     *
     * @param oldId engine id of the container to go; when it is already gone, only the creation remains
     * @param reason why it cannot stay, for people
     */
    record ReplaceContainer(String part, String oldId, String reason) implements Change {}

    /** Starts the container of the service; already running is fine. */
    record StartContainer(String part) implements Change {}

    /** Waits until the service is healthy, or running if it has no health check; at most its {@code patience}. */
    record AwaitHealthy(String part) implements Change {
        @Override
        public boolean mutates() {
            return false;
        }
    }

    /** Stops within the service's grace (10 s when the specification no longer has it); not running is fine. */
    record StopContainer(String part, String id) implements Change {}

    /** Removes a stopped container and its anonymous volumes; gone is fine. */
    record RemoveContainer(String part, String id) implements Change {}

    record RemoveNetwork(String part, String engineName) implements Change {}

    /** Removes a volume and the data in it. */
    record RemoveVolume(String part, String engineName) implements Change {}

    /** Writes the whole bundle directory anew, atomically. */
    record WriteBundle(String part) implements Change {}

    record RemoveBundle(String part) implements Change {}
}
