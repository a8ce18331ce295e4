package dev.pocketagent.sync.serve;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.revision.Warning;

/** Which files of a revision are its context, and which are missing. */
public final class ContextFiles {

    /** Folders of the known layouts; the first that has a file counts. */
    static final List<String> FOLDERS = List.of("context/", "USER/TELOS/");
    /** Files that make the prompt. */
    static final List<String> PROMPT = List.of("MISSION.md", "BELIEFS.md", "GOALS.md", "IDENTITY.md");
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

    /** What to tell the author of a revision of which no file is in the prompt; empty for all others. */
    public static Optional<Warning> warning(Snapshot snapshot) {
        ContextFiles context = of(snapshot);
        return PROMPT.stream().anyMatch(name -> context.named(name).isPresent())
                ? Optional.empty()
                : Optional.of(new Warning("no-prompt-files", "", "No file is in the prompt, which is made of "
                        + PROMPT.stream().map(name -> context.folder + name).collect(Collectors.joining(", ")) + "."));
    }

    /** Paths of the files that a prompt should have and this context has not. */
    List<String> missing() {
        return REQUIRED.stream().filter(name -> named(name).isEmpty()).map(name -> folder + name).toList();
    }
}
