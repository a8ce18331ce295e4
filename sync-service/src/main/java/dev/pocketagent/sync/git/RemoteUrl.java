package dev.pocketagent.sync.git;

import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The address of a remote, checked for its shape. Whether its host may be reached is checked when it is connected to.
 *
 * @param uri an absolute address without user, password, query or fragment
 */
public record RemoteUrl(URI uri) {

    private static final int MAX_LENGTH = 2000;
    private static final Pattern HOST = Pattern
            .compile("[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?|\\[[0-9A-Fa-f:.]+]");

    /** A text that is no acceptable address; the message says why and never repeats the text, which may hold a password. */
    public static final class InvalidException extends Exception {

        private InvalidException(String detail) {
            super(detail);
        }

        /** The sentence for people; never null, unlike {@link #getMessage()}. */
        public String detail() {
            return String.valueOf(getMessage());
        }
    }

    /**
     * Reads an address as a person typed it.
     *
     * @param schemes what is allowed, in lower case: {@code https}, and by the operator's switches {@code http} and {@code file}
     */
    public static RemoteUrl parse(String text, Set<String> schemes) throws InvalidException {
        if (text.length() > MAX_LENGTH) {
            throw new InvalidException("The URL is longer than " + MAX_LENGTH + " characters.");
        }
        if (text.startsWith("-")) {
            throw new InvalidException("A URL does not begin with '-'.");
        }
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException malformed) {
            throw new InvalidException("This is not a URL; write it as https://host/path.");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!schemes.contains(scheme)) {
            throw new InvalidException(
                    "Use one of these schemes: " + String.join(", ", schemes.stream().sorted().toList()) + ".");
        }
        if (uri.isOpaque() || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new InvalidException("A git URL is scheme://host/path, without query or fragment.");
        }
        String path = uri.getRawPath();
        if (path == null || path.length() < 2 || path.contains("/-") || path.contains("%00")) {
            throw new InvalidException("The URL names no repository, or a part of its path begins with '-'.");
        }
        if (scheme.equals("file")) {
            if (uri.getRawAuthority() != null) {
                throw new InvalidException("A file URL has three slashes: file:///path.");
            }
            return new RemoteUrl(uri);
        }
        if (uri.getRawAuthority() != null && uri.getRawAuthority().contains("@")) {
            throw new InvalidException("A user or password inside a URL ends in logs; give it as 'auth' instead.");
        }
        if (uri.getHost() == null || !HOST.matcher(uri.getHost()).matches()) {
            throw new InvalidException("The URL has no host, or one that is not a host name.");
        }
        return new RemoteUrl(uri);
    }

    /**
     * Whether an address has the scheme, host and port of this one. A server of plain files may name others that hold a part of the
     * repository ("alternates"): nobody has judged those, and they would get the credentials.
     */
    boolean isServedBy(URL other) {
        try {
            URL own = uri.toURL();
            return own.getProtocol().equalsIgnoreCase(other.getProtocol())
                    && own.getHost().equalsIgnoreCase(other.getHost()) && portOf(own) == portOf(other);
        } catch (MalformedURLException noAddress) {
            return false;
        }
    }

    static int portOf(URL url) {
        return url.getPort() >= 0 ? url.getPort() : url.getDefaultPort();
    }

    public boolean isFile() {
        return "file".equalsIgnoreCase(uri.getScheme());
    }
}
