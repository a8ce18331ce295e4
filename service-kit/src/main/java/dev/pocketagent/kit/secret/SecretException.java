package dev.pocketagent.kit.secret;

/** A secret cannot be opened. The message never holds any part of it. */
public final class SecretException extends RuntimeException {

    SecretException(String message) {
        super(message);
    }
}
