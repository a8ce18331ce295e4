package dev.pocketagent.provisioner.backend;

/** Whether a backend can work now, in words that can be shown to an operator. */
public sealed interface Availability {

    /** @param detail what answered, e.g. {@code Podman 4.3.1 at /run/podman/podman.sock} */
    record Available(String detail) implements Availability {}

    /**
     * @param reason what was tried and what happened
     * @param cure what the operator can do about it
     */
    record Unavailable(String reason, String cure) implements Availability {}

    default boolean usable() {
        return this instanceof Available;
    }
}
