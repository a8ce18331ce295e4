package dev.pocketagent.sync.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The directories of this machine that the operator opened for local sources. Empty by default: then there are none.
 */
public final class LocalRoots {

    private final List<Path> roots;

    public LocalRoots(List<Path> roots) {
        this.roots = roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
    }

    /**
     * A directory below one of the roots.
     *
     * @param root the root as the operator wrote it
     * @param inside the way from the root, without links and without {@code ..}; may be empty
     */
    public record Place(Path root, Path inside) {

        public Path path() {
            return inside.toString().isEmpty() ? root : root.resolve(inside);
        }
    }

    /** Where the text points to, or empty when that is not below a root, is no directory, or a link is on the way. */
    public Optional<Place> find(String text) {
        if (text.isEmpty() || text.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        Path path = Path.of(text);
        if (!path.isAbsolute() || !path.equals(path.normalize())) {
            return Optional.empty();
        }
        for (Path root : roots) {
            if (path.startsWith(root)) {
                Place place = new Place(root, root.relativize(path));
                return isPlainDirectory(place) ? Optional.of(place) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    public boolean isEmpty() {
        return roots.isEmpty();
    }

    private static boolean isPlainDirectory(Place place) {
        try {
            Path real = place.root().toRealPath();
            Path wanted = place.inside().toString().isEmpty() ? real : real.resolve(place.inside());
            return wanted.toRealPath().equals(wanted) && Files.isDirectory(wanted, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException missing) {
            return false;
        }
    }
}
