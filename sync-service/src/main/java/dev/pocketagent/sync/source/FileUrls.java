package dev.pocketagent.sync.source;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which repositories on this machine's disk may be remotes: those below one directory that the operator opened. Git follows
 * what a repository says of others (alternates, commondir), so nobody else may be able to write there.
 */
record FileUrls(Optional<Path> root) {

    boolean areOn() {
        return root.isPresent();
    }

    /** Where it really leads counts: links, also those of the system such as /proc/self/root, are followed. */
    boolean allows(URI url) {
        try {
            return root.isPresent() && Path.of(url).toRealPath().startsWith(root.get().toRealPath());
        } catch (IOException | IllegalArgumentException notThere) {
            return false;
        }
    }
}
