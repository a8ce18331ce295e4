package dev.pocketagent.provisioner.policy;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image reference taken apart, with Docker's short forms written out.
 *
 * @param repository with registry, e.g. {@code docker.io/library/busybox}
 */
record ImageName(String repository, Optional<String> tag, Optional<String> digest) {

    // Reference grammar of the distribution project, lower-case registries only.
    private static final Pattern SHAPE = Pattern.compile(
            "(?<name>(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?/)?[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*"
                    + "(?:/[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*)*)"
                    + "(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?");

    static Optional<ImageName> parse(String text) {
        Matcher matcher = SHAPE.matcher(text);
        if (text.length() > 400 || !matcher.matches()) {
            return Optional.empty();
        }
        String name = matcher.group("name");
        int slash = name.indexOf('/');
        String first = slash < 0 ? "" : name.substring(0, slash);
        boolean hasRegistry = first.contains(".") || first.contains(":") || first.equals("localhost");
        if (!hasRegistry) {
            name = slash < 0 ? "docker.io/library/" + name : "docker.io/" + name;
        }
        return Optional.of(new ImageName(name, Optional.ofNullable(matcher.group("tag")),
                Optional.ofNullable(matcher.group("digest"))));
    }

    /** Whether the name cannot silently come to mean another image tomorrow, as far as a tag can promise that. */
    boolean pinned() {
        return digest.isPresent() || tag.filter(t -> !t.equals("latest")).isPresent();
    }
}
