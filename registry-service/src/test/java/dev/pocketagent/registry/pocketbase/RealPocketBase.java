package dev.pocketagent.registry.pocketbase;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * PocketBase itself, as a process with a directory of its own. Its program is where {@code POCKET_TEST_POCKETBASE} says
 * (environment, or the system property {@code pocket.test.pocketbase}), or where {@code .ci/pocketbase} puts it.
 */
final class RealPocketBase implements TestServer {

    static final String VERSION = "0.39.11";
    private static final Duration START = Duration.ofSeconds(60);

    private final Process process;
    private final Path home;
    private final String url;

    private RealPocketBase(Process process, Path home, String url) {
        this.process = process;
        this.home = home;
        this.url = url;
        // Also when the tests end before anybody closes it.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /** The program; empty when it is not on this machine. */
    static Optional<Path> find() {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path usual = (cache == null || cache.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(cache)).resolve("pocketagent/pocketbase-" + VERSION + "/pocketbase");
        String named = System.getProperty("pocket.test.pocketbase", System.getenv("POCKET_TEST_POCKETBASE"));
        return Optional.of(named == null || named.isEmpty() ? usual : Path.of(named)).filter(Files::isExecutable);
    }

    static RealPocketBase start() throws IOException, InterruptedException {
        Path program = find().orElseThrow();
        Path home = Files.createTempDirectory("pocketbase");
        String data = "--dir=" + home.resolve("data");
        Process superuser = new ProcessBuilder(program.toString(), "superuser", "upsert", IDENTITY, PASSWORD, data,
                "--dev=false").redirectErrorStream(true).redirectOutput(home.resolve("superuser.log").toFile()).start();
        if (!superuser.waitFor(START.toSeconds(), TimeUnit.SECONDS) || superuser.exitValue() != 0) {
            superuser.destroyForcibly();
            throw new IOException("PocketBase makes no superuser: " + Files.readString(home.resolve("superuser.log")));
        }
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process process = new ProcessBuilder(program.toString(), "serve", "--http=127.0.0.1:" + port, data,
                "--dev=false").directory(home.toFile()).redirectErrorStream(true)
                .redirectOutput(home.resolve("serve.log").toFile()).start();
        RealPocketBase server = new RealPocketBase(process, home, "http://127.0.0.1:" + port);
        try (HttpClient client = HttpClient.newHttpClient()) {
            long end = System.nanoTime() + START.toNanos();
            while (!server.answers(client)) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    server.close();
                    throw new IOException("PocketBase does not start: " + Files.readString(home.resolve("serve.log")));
                }
                Thread.sleep(50);
            }
        }
        return server;
    }

    private boolean answers(HttpClient client) throws InterruptedException {
        try {
            return client.send(HttpRequest.newBuilder(URI.create(url + "/api/health")).timeout(Duration.ofSeconds(2))
                    .build(), HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public String url() {
        return url;
    }

    @Override
    public String describe() {
        return "the real PocketBase (" + find().map(Path::toString).orElse("?") + ")";
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            if (Files.exists(home)) {
                try (Stream<Path> files = Files.walk(home)) {
                    files.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
                }
            }
        } catch (IOException e) {
            // A temporary directory that stays does no harm.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
