package dev.pocketagent.provisioner.engine.http;

import java.net.URI;
import java.nio.file.Path;

/** Where an engine listens. */
public sealed interface EngineAddress {

    /** @param path of the socket; the kernel allows about 107 bytes */
    record Unix(Path path) implements EngineAddress {
        @Override
        public String toString() {
            return path.toString();
        }
    }

    /** Plain HTTP, meant for a socket proxy next door: nothing protects it on the way. */
    record Tcp(String host, int port) implements EngineAddress {
        @Override
        public String toString() {
            return "tcp://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * Reads what people write: {@code /run/docker.sock}, {@code unix:///run/docker.sock}, {@code tcp://proxy:2375} or
     * {@code http://proxy:2375}; without a port 2375.
     *
     * @throws IllegalArgumentException naming what would be understood
     */
    static EngineAddress parse(String text) {
        String trimmed = text.strip();
        if (trimmed.startsWith("/")) {
            return new Unix(Path.of(trimmed));
        }
        if (trimmed.startsWith("unix://")) {
            String path = trimmed.substring("unix://".length());
            if (path.startsWith("/")) {
                return new Unix(Path.of(path));
            }
        } else if (trimmed.startsWith("tcp://") || trimmed.startsWith("http://")) {
            URI uri = URI.create(trimmed);
            String host = uri.getHost();
            boolean bare = uri.getRawPath().isEmpty() || uri.getRawPath().equals("/");
            if (host != null && bare && uri.getRawQuery() == null && uri.getRawUserInfo() == null) {
                String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
                return new Tcp(plain, uri.getPort() < 0 ? 2375 : uri.getPort());
            }
        }
        throw new IllegalArgumentException(
                "\"" + trimmed
                        + "\" is no engine address; write /path/to.sock, unix:///path/to.sock or tcp://host:port");
    }
}
