package dev.pocketagent.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Terminal;

/** What tests of command lines share: lines in, requests and output out, at a time that stands still. */
@Timeout(60)
public abstract class CommandTestBase {

    protected static final String ID = "01990000-0000-7000-8000-000000000001";
    protected static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

    @TempDir
    protected Path directory = Path.of("unset");

    protected final FakeServices fake = new FakeServices();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @AfterEach
    void close() {
        fake.close();
    }

    protected final Cli cli(Map<String, String> more) {
        return cli(more, Terminal.of(out, err, false, false, 80));
    }

    private Cli cli(Map<String, String> more, Terminal terminal) {
        var env = new HashMap<>(Map.of("POCKET_HOME", directory.resolve("home").toString(), "POCKET_KEY", "pocket_op_x",
                "POCKET_REGISTRY_URL", fake.url(), "POCKET_PROVISIONER_URL", fake.url(), "POCKET_ROUTER_URL",
                fake.url(), "POCKET_SYNC_URL", fake.url()));
        env.putAll(more);
        return new Cli(terminal, env, directory).with(Clock.fixed(NOW, ZoneOffset.UTC));
    }

    protected final int run(String... line) {
        return Pocket.run(cli(Map.of()), line);
    }

    /** The same at a terminal of this width. */
    protected final int runAt(int columns, String... line) {
        return Pocket.run(cli(Map.of(), Terminal.of(out, err, true, false, columns)), line);
    }

    /** The same for somebody at a terminal who types these lines when asked. */
    protected final int runAsking(String answers, String... line) {
        var typed = new ByteArrayInputStream(answers.getBytes(StandardCharsets.UTF_8));
        return Pocket.run(cli(Map.of(), Terminal.of(out, err, true, false, 200).answeredBy(typed)), line);
    }

    protected final String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    protected final String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    protected final List<String> requests() {
        return fake.asked().stream().map(asked -> asked.method() + " " + asked.path()).toList();
    }

    /** The body of the last request. */
    protected final JsonNode sent() {
        return Json.read(fake.asked().getLast().body());
    }

    /** The tenant acme is there. */
    protected final void acme() {
        fake.on("GET /api/v1/tenants/acme", Answer.json(200, """
                {"id":"%s","slug":"acme","name":"Acme","plan":"team","planVersion":1,"state":"active","version":7}"""
                .formatted(ID)).with("ETag", "\"7\""));
    }

    protected static String tenantPath(String more) {
        return "/api/v1/tenants/" + ID + more;
    }
}
