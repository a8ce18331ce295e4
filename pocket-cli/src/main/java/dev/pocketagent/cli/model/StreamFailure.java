package dev.pocketagent.cli.model;

/** A stream that began well and then said that it failed. */
public final class StreamFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StreamFailure(String message) {
        super(message);
    }
}
