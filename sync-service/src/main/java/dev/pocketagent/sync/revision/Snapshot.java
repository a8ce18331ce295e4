package dev.pocketagent.sync.revision;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * All files of one tree, sorted by path: what a reader may see, and nothing else. Immutable, so that a reader who holds one never sees a
 * torn state.
 *
 * @param treeId content hash of the tree (git tree id)
 * @param entries files by path, in the order of {@link String#compareTo}
 * @param warnings what was left out and why
 */
public record Snapshot(String treeId, List<Entry> entries, List<Warning> warnings) {

    public Snapshot {
        entries = entries.stream().sorted(Comparator.comparing(Entry::path)).toList();
        warnings = List.copyOf(warnings);
    }

    /** The file at exactly this path. */
    public Optional<Entry> find(String path) {
        int at = firstFrom(path);
        return at < entries.size() && entries.get(at).path().equals(path)
                ? Optional.of(entries.get(at))
                : Optional.empty();
    }

    /** The files whose path starts with the prefix; an empty prefix means all. */
    public List<Entry> below(String prefix) {
        int from = firstFrom(prefix);
        int to = from;
        while (to < entries.size() && entries.get(to).path().startsWith(prefix)) {
            to++;
        }
        return entries.subList(from, to);
    }

    public long totalBytes() {
        return entries.stream().mapToLong(Entry::sizeBytes).sum();
    }

    private int firstFrom(String path) {
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (entries.get(middle).path().compareTo(path) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
