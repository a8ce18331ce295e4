package dev.pocketagent.router.provider;

/** Why a provider gave no answer, or only a part of one. */
public enum Failure {
    /** No connection could be opened. */
    CONNECT("connect"),
    /** All connections are in use and the queue is full. */
    BUSY("busy"),
    /** Nothing came in time. */
    FIRST_BYTE_TIMEOUT("first_byte_timeout"),
    /** It fell silent in the middle. */
    IDLE_TIMEOUT("idle_timeout"),
    /** The whole request took too long. */
    TOTAL_TIMEOUT("total_timeout"),
    /** The connection broke, or what came was not HTTP. */
    BROKEN("broken");

    private final String word;

    Failure(String word) {
        this.word = word;
    }

    /** For metric labels and the control view. */
    public String word() {
        return word;
    }

    public boolean isTimeout() {
        return this == FIRST_BYTE_TIMEOUT || this == IDLE_TIMEOUT || this == TOTAL_TIMEOUT;
    }
}
