package dev.pocketagent.provisioner.backend;

import java.util.Objects;

/** A secret on its way into a container's environment. It prints as stars, so that no log or message can show it by accident. */
public final class SecretText {

    private final String value;

    public SecretText(String value) {
        this.value = Objects.requireNonNull(value);
    }

    /** The secret itself: only for the request that hands it to the engine. */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretText that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "*****";
    }
}
