package dev.pocketagent.kit.auth;

import java.util.concurrent.CompletionStage;

/** Where keys are looked up: the registry's database in the registry itself, its API everywhere else. */
public interface KeySource {

    /**
     * Looks a key up by the SHA-256 of its text, 64 lower-case hex digits. Never fails: what goes wrong is
     * {@link Verdict.Unavailable}.
     */
    CompletionStage<Verdict> verify(String sha256Hex);
}
