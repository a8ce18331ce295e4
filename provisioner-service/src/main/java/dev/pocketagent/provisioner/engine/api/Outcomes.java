package dev.pocketagent.provisioner.engine.api;

/** What a call to the engine can come to without anything being wrong. The texts are the engine's own words. */
public final class Outcomes {

    private Outcomes() {}

    /** Of making a container. */
    public sealed interface ContainerCreation {
        record Created(String id) implements ContainerCreation {}

        /** Docker says 409, Podman 500 "that name is already in use". */
        record NameTaken(String detail) implements ContainerCreation {}

        record ImageMissing(String detail) implements ContainerCreation {}
    }

    /** Of making a network. */
    public sealed interface NetworkCreation {
        record Created(String id) implements NetworkCreation {}

        record NameTaken(String detail) implements NetworkCreation {}

        /** Another network or an interface of the host has these addresses. */
        record SubnetTaken(String detail) implements NetworkCreation {}
    }

    /** Of removing anything. */
    public sealed interface Removal {
        record Removed() implements Removal {}

        record Absent() implements Removal {}

        record InUse(String detail) implements Removal {}
    }

    /** Of starting, stopping, killing. */
    public enum Switched {
        DONE, ALREADY, ABSENT
    }

    /** Of fetching an image from its registry. */
    public sealed interface Pull {
        record Pulled() implements Pull {}

        record Failed(String reason) implements Pull {}
    }

    /**
     * Of a command run inside a container.
     *
     * @param output the end of both outputs
     */
    public record Execution(int exitCode, String output) {}
}
