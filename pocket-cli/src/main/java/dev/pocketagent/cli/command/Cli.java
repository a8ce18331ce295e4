package dev.pocketagent.cli.command;

import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.home.Endpoints;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.home.Settings;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Terminal;

/** The session a command works in: terminal, environment, state directory, and the services it can reach. */
public final class Cli {

    private static final Pattern UUID_SHAPE = Pattern
            .compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private final Terminal terminal;
    private final Map<String, String> env;
    private final Home home;
    private final @Nullable Path installation;
    private final Clock clock;
    private @Nullable HttpClient http;

    /** @param installation directory with the built services; null where only remote services are used */
    public Cli(Terminal terminal, Map<String, String> env, @Nullable Path installation) {
        this(terminal, env, installation, Clock.systemUTC());
    }

    private Cli(Terminal terminal, Map<String, String> env, @Nullable Path installation, Clock clock) {
        this.terminal = terminal;
        this.env = Map.copyOf(env);
        this.home = Home.of(env);
        this.installation = installation;
        this.clock = clock;
    }

    public static Cli system() {
        String root = System.getProperty("pocket.root", "");
        return new Cli(Terminal.system(System.getenv(), System.getProperties()), System.getenv(),
                root.isEmpty() ? null : Path.of(root));
    }

    /** The same session, writing elsewhere. */
    public Cli with(Terminal other) {
        return new Cli(other, env, installation, clock);
    }

    /** The same session at another time. */
    public Cli with(Clock other) {
        return new Cli(terminal, env, installation, other);
    }

    public Terminal terminal() {
        return terminal;
    }

    public Clock clock() {
        return clock;
    }

    public Map<String, String> env() {
        return env;
    }

    public String env(String name) {
        return env.getOrDefault(name, "");
    }

    public Home home() {
        return home;
    }

    public Settings settings() {
        return Settings.load(home, env);
    }

    public Endpoints endpoints() {
        return new Endpoints(env, settings().portOffset());
    }

    /** Where the built services are. */
    public Path installation() {
        if (installation == null) {
            throw CliException.failed("the CLI does not know where the built services are",
                    "start it by the script \"pocket\" at the root of the source tree");
        }
        return installation;
    }

    public synchronized HttpClient http() {
        if (http == null) {
            http = Api.client();
        }
        return http;
    }

    public Api registry() {
        return api(Part.REGISTRY);
    }

    public Api provisioner() {
        return api(Part.PROVISIONER);
    }

    public Api router() {
        return api(Part.ROUTER);
    }

    public Api sync() {
        return api(Part.SYNC);
    }

    /** The router as seen by a tenant's key; this session need not have one of its own. */
    public Api router(String tenantKey) {
        return new Api(http(), Part.ROUTER.id(), endpoints().of(Part.ROUTER), tenantKey);
    }

    private Api api(Part part) {
        return new Api(http(), part.id(), endpoints().of(part), key());
    }

    /** The key of this session: {@code POCKET_KEY}, the file {@code POCKET_KEY_FILE}, else the local suite's operator. */
    public String key() {
        if (!env("POCKET_KEY").isBlank()) {
            return env("POCKET_KEY").strip();
        }
        if (!env("POCKET_KEY_FILE").isBlank()) {
            return keyFile(Path.of(env("POCKET_KEY_FILE")));
        }
        Path operator = home.root().resolve("secrets").resolve("operator.key");
        if (Files.exists(operator)) {
            return SecretFiles.read(operator);
        }
        throw new CliException(ExitCode.UNREACHABLE, "there is no key: no suite was started from " + home.root(),
                "start one: pocket up; or name a key: POCKET_KEY_FILE=..., with POCKET_REGISTRY_URL=... for a remote suite");
    }

    /** A key from a file of the user's. */
    public static String keyFile(Path file) {
        if (!Files.isReadable(file)) {
            throw CliException.usage("the key file " + file + " cannot be read", "check its path and rights");
        }
        return SecretFiles.read(file);
    }

    /** The key that {@code key issue --save} kept for a tenant. */
    public Optional<String> savedTenantKey(String tenant) {
        Path file = home.root().resolve("secrets").resolve("tenant-keys").resolve(tenant + ".key");
        return Files.exists(file) ? Optional.of(SecretFiles.read(file)) : Optional.empty();
    }

    /** The id of a tenant given by id or slug. */
    public String tenantId(String idOrSlug) {
        if (isId(idOrSlug)) {
            return idOrSlug;
        }
        return Json.text(tenant(idOrSlug), "/id");
    }

    /** A tenant given by id or slug. */
    public JsonNode tenant(String idOrSlug) {
        return registry().get("/api/v1/tenants/" + Api.encoded(idOrSlug)).body();
    }

    public static boolean isId(String text) {
        return UUID_SHAPE.matcher(text).matches();
    }
}
