package dev.pocketagent.sync.publish;

import java.io.IOException;

/** A revision cannot be published here; the message is a sentence for the operator and names no content. */
public final class PublishException extends IOException {

    public PublishException(String detail) {
        super(detail);
    }

    /** The sentence for people; never null, unlike {@link #getMessage()}. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
