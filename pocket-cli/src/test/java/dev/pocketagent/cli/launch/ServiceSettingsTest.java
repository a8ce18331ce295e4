package dev.pocketagent.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.cli.FakeServices;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.home.Settings;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;

class ServiceSettingsTest {

    @TempDir
    private Path directory = Path.of("unset");

    private Home home = new Home(Path.of("unset"));
    private SuiteSecrets secrets = new SuiteSecrets(home);

    @BeforeEach
    void prepare() {
        home = new Home(directory.resolve("höme, with blank"));
        secrets = new SuiteSecrets(home);
        secrets.ensure();
    }

    private static Properties read(ServiceSettings settings) throws IOException {
        var properties = new Properties();
        properties.load(new StringReader(settings.text()));
        return properties;
    }

    private ServiceSettings settings(Part part, List<ModelProviders.Provider> providers) {
        return ServiceSettings.of(part, home, secrets, new Settings(10, List.of()), providers);
    }

    @Test
    void shouldTellAServiceOfItsOwnPartOnly() throws IOException {
        // When
        Properties sync = read(settings(Part.SYNC, List.of()));

        // Then
        assertThat(sync).containsEntry("quarkus.http.host", "127.0.0.1").containsEntry("quarkus.http.port", "8094")
                .containsEntry("quarkus.management.port", "9094")
                .containsEntry("pocket.db.url", "jdbc:postgresql://127.0.0.1:15442/sync")
                .containsEntry("pocket.registry.url", "http://127.0.0.1:8091");
        assertThat(sync.getProperty("pocket.kek-file")).endsWith("kek-sync.key").contains("höme\\, with blank");
        assertThat(sync.getProperty("pocket.sync.file-url-root")).as("file URLs reach the demo's repository alone")
                .endsWith("/demo");
        assertThat(sync).containsEntry("pocket.sync.public-url", "http://127.0.0.1:8094");
        assertThat(sync.stringPropertyNames()).noneMatch(name -> name.contains("router") || name.contains("bootstrap"));
    }

    @Test
    void shouldHaveTheEndsOfTheAuditTrailNotedOutsideOfTheDatabase() throws IOException {
        // When
        Properties registry = read(settings(Part.REGISTRY, List.of()));

        // Then
        Path heads = home.root().resolve("audit-heads");
        assertThat(registry).containsEntry("pocket.registry.audit.heads-dir", heads.toString().replace(",", "\\,"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(heads))).isEqualTo("rwx------");
    }

    @Test
    void shouldKeepVertxOutOfTheDirectoryThatAllUsersShare() throws IOException {
        // When
        Properties router = read(settings(Part.ROUTER, List.of()));

        // Then
        Path cache = home.root().resolve("run").resolve("vertx-cache");
        assertThat(router).containsEntry("quarkus.vertx.cache-directory",
                cache.resolve("router").toString().replace(",", "\\,"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache))).isEqualTo("rwx------");
    }

    @Test
    void shouldNeverHoldASecret() throws IOException {
        // Given
        try (Stream<Path> files = Files.walk(home.secrets())) {
            List<String> all = files.filter(Files::isRegularFile).map(SecretFiles::read).toList();

            // When
            String texts = String.join("\n",
                    Part.SERVICES.stream().map(part -> settings(part, List.of()).text()).toList());

            // Then
            assertThat(all).hasSize(5 + 4 + 3 + 1);
            assertThat(all).noneMatch(texts::contains);
        }
    }

    @Test
    void shouldMakeKeysOfTheRightKind() {
        // When
        ApiKey operator = ApiKey.parse(SecretFiles.read(home.operatorKey())).orElseThrow();
        ApiKey sync = ApiKey.parse(SecretFiles.read(secrets.serviceKeyFile(Part.SYNC))).orElseThrow();

        // Then
        assertThat(operator.kind()).isEqualTo(KeyKind.OPERATOR);
        assertThat(sync.kind()).isEqualTo(KeyKind.SERVICE);
    }

    @Test
    void shouldConfigureProvidersWithTheSandboxLast() throws IOException {
        // Given
        var providers = new ModelProviders(Map.of("OPENAI_API_KEY", "sk-1", "OPENAI_BASE_URL", "http://127.0.0.1:1/v1"),
                secrets)
                .find(Api.client());

        // When
        ServiceSettings router = settings(Part.ROUTER, providers);

        // Then
        Properties properties = read(router);
        assertThat(properties).containsEntry("pocket.router.providers.openai.base-url", "http://127.0.0.1:1/v1")
                .containsEntry("pocket.router.providers.openai.type", "openai-compatible");
        assertThat(properties.getProperty("pocket.router.auto")).startsWith("gpt-").endsWith(",pocket/sandbox");
        assertThat(router.text()).doesNotContain("sk-1");
    }

    @Test
    void shouldTellNewSettingsFromOldOnesIncludingAProvidersKey() {
        // Given
        var first = settings(Part.ROUTER,
                new ModelProviders(Map.of("OPENAI_API_KEY", "sk-1"), secrets).find(Api.client()));
        var same = settings(Part.ROUTER, new ModelProviders(Map.of(), secrets).find(Api.client()));
        String firstDigest = first.digest();
        String sameDigest = same.digest();

        // When
        var changed = settings(Part.ROUTER,
                new ModelProviders(Map.of("OPENAI_API_KEY", "sk-2"), secrets).find(Api.client()));

        // Then
        assertThat(sameDigest).isEqualTo(firstDigest);
        assertThat(changed.digest()).isNotEqualTo(firstDigest);
    }

    @Test
    void shouldFindAnOllamaWithItsModels() {
        // Given
        try (var ollama = new FakeServices().on("GET /api/tags",
                Answer.json(200, "{\"models\":[{\"name\":\"llama3.2:3b\"},{\"name\":\"qwen3\"}]}"))) {
            String host = URI.create(ollama.url()).getAuthority();

            // When
            var found = new ModelProviders(Map.of("OLLAMA_HOST", host), secrets).find(Api.client());

            // Then
            assertThat(found).singleElement().satisfies(provider -> {
                assertThat(provider.baseUrl()).isEqualTo(ollama.url() + "/v1");
                assertThat(provider.keyFile()).isEqualTo(Optional.empty());
                assertThat(provider.models().getFirst().line()).isEqualTo("llama3.2:3b:0:0:8192");
            });
        }
    }
}
