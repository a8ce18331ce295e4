package dev.pocketagent.provisioner.engine;

import java.time.Duration;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.engine.api.Outcomes.Pull;
import dev.pocketagent.provisioner.engine.http.EngineException;

/**
 * Fetches images that the engine's machine lacks, or says how to bring them there.
 *
 * @param timeout of one image
 */
record ImageFetch(Duration timeout) {

    /** @throws BackendException of kind IMAGE_MISSING when it cannot be had */
    void fetch(Turn turn, String image) throws BackendException, EngineException {
        if (image.startsWith("localhost/")) {
            throw missing(turn, image, "names with localhost/ are only for images made on this machine");
        }
        turn.proceed();
        turn.note("pulling " + image);
        String[] last = {""};
        Pull pull = turn.client().images().pull(image, status -> {
            if (!status.equals(last[0])) {
                last[0] = status;
                turn.note("pulling " + image + ": " + status);
            }
        }, turn.waiting(timeout));
        if (pull instanceof Pull.Failed failed) {
            throw missing(turn, image, failed.reason());
        }
    }

    static BackendException missing(Turn turn, String image, String reason) {
        String command = turn.client().version().podman() ? "podman" : "docker";
        return new BackendException(Kind.IMAGE_MISSING,
                "The image " + image + " is not on the engine's machine and could not be fetched: "
                        + reason + ". Bring it there with \"" + command + " pull " + image + "\" or \"" + command
                        + " load\""
                        + (image.startsWith("localhost/pocketagent/web:") ? " or deploy/engine/busybox-image.sh" : "")
                        + ", then apply again.");
    }
}
