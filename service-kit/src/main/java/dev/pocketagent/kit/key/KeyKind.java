package dev.pocketagent.kit.key;

import java.util.Arrays;
import java.util.Optional;

/** Whom a key is for. The prefix is part of the key's text, so that a leaked key shows at a glance what it opens. */
public enum KeyKind {
    OPERATOR("op"), TENANT("tn"), AGENT("ag"), SERVICE("svc");

    private final String prefix;

    KeyKind(String prefix) {
        this.prefix = prefix;
    }

    /** The part of the key between the first two underscores: {@code op}, {@code tn}, {@code ag} or {@code svc}. */
    public String prefix() {
        return prefix;
    }

    /** The kind with this prefix; empty for an unknown one. */
    public static Optional<KeyKind> ofPrefix(String prefix) {
        return Arrays.stream(values()).filter(kind -> kind.prefix.equals(prefix)).findFirst();
    }
}
