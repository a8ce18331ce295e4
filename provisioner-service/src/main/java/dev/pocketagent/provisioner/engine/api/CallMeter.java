package dev.pocketagent.provisioner.engine.api;

/** Is told about every call to the engine: for metrics and for tests that count. */
@FunctionalInterface
public interface CallMeter {

    /**
     * @param operation e.g. {@code container.create}; one of some twenty
     * @param status of the answer; 0 when there was none
     * @param nanos from connecting to the end of the answer
     * @param mutates whether the call was meant to change what the engine has or runs; probing a container is not
     */
    void called(String operation, int status, long nanos, boolean mutates);

    /** Tells nobody. */
    CallMeter NONE = (operation, status, nanos, mutates) -> {
    };
}
