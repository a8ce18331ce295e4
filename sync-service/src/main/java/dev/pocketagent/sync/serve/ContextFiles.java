package dev.pocketagent.sync.serve;

import java.util.List;
import java.util.Optional;

import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.Snapshot;

/** Which files of a revision are its context, and which are missing. */
final class ContextFiles {

    /** Folders of the known layouts; the first that has a file counts. */
    static final List<String> FOLDERS = List.of("context/", "USER/TELOS/");
    private static final List<String> REQUIRED = List.of("MISSION.md", "GOALS.md", "BELIEFS.md");

    private final String folder;
    private final Snapshot snapshot;

    private ContextFiles(String folder, Snapshot snapshot) {
        this.folder = folder;
        this.snapshot = snapshot;
    }

    static ContextFiles of(Snapshot snapshot) {
        for (String folder : FOLDERS) {
            if (!snapshot.below(folder).isEmpty()) {
                return new ContextFiles(folder, snapshot);
            }
        }
        return new ContextFiles(FOLDERS.getFirst(), snapshot);
    }

    /** All files, however deep. */
    List<Entry> all() {
        return snapshot.below(folder);
    }

    /** One of the four files that make the prompt. */
    Optional<Entry> named(String name) {
        return snapshot.find(folder + name);
    }

    /** Paths of the files that a prompt should have and this context has not. */
    List<String> missing() {
        return REQUIRED.stream().filter(name -> named(name).isEmpty()).map(name -> folder + name).toList();
    }
}
