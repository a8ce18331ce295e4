package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

import com.sun.net.httpserver.HttpServer;

/**
 * Stands in for a packaged service as the launcher sees one: started as {@code quarkus-run.jar}, told by a properties file,
 * ready by its health address, ended by TERM. Files in its directory make it misbehave: {@code ends} (ends at once),
 * {@code never-ready}, {@code ignores-term}.
 */
public final class FakeService {

    private FakeService() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        if (Files.exists(Path.of("ends"))) {
            System.out.println("boom: cannot start");
            System.exit(3);
        }
        var settings = new Properties();
        try (var reader = Files
                .newBufferedReader(Path.of(URI.create(System.getProperty("smallrye.config.locations"))))) {
            settings.load(reader);
        }
        if (Files.exists(Path.of("ignores-term"))) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (String kind : new String[]{"http", "management"}) {
            HttpServer server = HttpServer
                    .create(new InetSocketAddress(settings.getProperty("quarkus." + kind + ".host"),
                            Integer.parseInt(settings.getProperty("quarkus." + kind + ".port"))), 0);
            server.createContext("/q/health/ready", exchange -> {
                boolean ready = !Files.exists(Path.of("never-ready"));
                byte[] body = (ready
                        ? "{\"status\":\"UP\",\"checks\":[]}"
                        : "{\"status\":\"DOWN\",\"checks\":[{\"name\":\"schema\",\"status\":\"DOWN\"},{\"name\":\"x\",\"status\":\"UP\"}]}")
                        .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(ready ? 200 : 503, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
        }
        System.out.println("fake service is up, API keys in my environment: "
                + System.getenv().keySet().stream().filter(name -> name.endsWith("_API_KEY")).count());
        Thread.sleep(Long.MAX_VALUE);
    }
}
