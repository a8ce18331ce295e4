package dev.pocketagent.sync.revision;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;

/**
 * Which names may be part of a revision. JGit hands out raw names of an unchecked fetch ({@code ../../passwd}), and a revision is written
 * to disk and served over HTTP, so a name that could mean another place anywhere is refused: on Linux, macOS and Windows alike.
 */
public final class PathRules {

    /** Longest name of one file or folder, in bytes of UTF-8 (the limit of the usual file systems). */
    public static final int MAX_NAME_BYTES = 255;
    /** Longest path from the root of the tree, in bytes of UTF-8. */
    public static final int MAX_PATH_BYTES = 1024;

    private PathRules() {}

    /** The text of a raw name, or empty when it is not UTF-8. */
    public static Optional<String> decode(byte[] rawName) {
        try {
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(rawName)).toString());
        } catch (CharacterCodingException notUtf8) {
            return Optional.empty();
        }
    }

    /** The rule that a single name breaks, or empty when it may be used. */
    public static Optional<String> brokenBy(String name) {
        if (name.isEmpty()) {
            return Optional.of("empty-name");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            return Optional.of("name-too-long");
        }
        if (name.indexOf('/') >= 0) {
            return Optional.of("slash-in-name");
        }
        if (name.indexOf('\\') >= 0) {
            return Optional.of("backslash");
        }
        if (name.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
            return Optional.of("control-character");
        }
        String folded = trimEnd(fold(name));
        // Windows drops trailing dots and spaces, and HFS+ ignores zero-width characters: ".. ", ".g<U+200C>it".
        if (folded.isEmpty()) {
            return Optional.of("dot-name");
        }
        if (folded.equals(".git") || folded.equals("git~1")) {
            return Optional.of("git-folder");
        }
        return Optional.empty();
    }

    /** The rule that a whole path breaks, or empty when it may be used. */
    public static Optional<String> pathBrokenBy(String path) {
        if (path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            return Optional.of("path-too-long");
        }
        for (String name : path.split("/", -1)) {
            Optional<String> broken = brokenBy(name);
            if (broken.isPresent()) {
                return broken;
            }
        }
        return Optional.empty();
    }

    /** The form under which two names of one folder are the same file on a case-insensitive disk. */
    public static String fold(String name) {
        StringBuilder kept = new StringBuilder(name.length());
        name.codePoints().filter(c -> !ignoredByHfs(c)).forEach(kept::appendCodePoint);
        return Normalizer.normalize(kept, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
    }

    private static boolean ignoredByHfs(int codePoint) {
        return codePoint >= 0x200c && codePoint <= 0x200f || codePoint >= 0x202a && codePoint <= 0x202e
                || codePoint >= 0x206a && codePoint <= 0x206f || codePoint == 0xfeff;
    }

    private static String trimEnd(String name) {
        int end = name.length();
        while (end > 0 && (name.charAt(end - 1) == '.' || name.charAt(end - 1) == ' ')) {
            end--;
        }
        return name.substring(0, end);
    }
}
