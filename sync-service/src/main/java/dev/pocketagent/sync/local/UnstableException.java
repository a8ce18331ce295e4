package dev.pocketagent.sync.local;

import java.io.IOException;

/** A file was written to for so long that no whole state of it could be read; looking again later helps. */
public final class UnstableException extends IOException {

    UnstableException(String path) {
        super("The file '" + path + "' is being written to.");
    }
}
