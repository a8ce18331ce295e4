package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;

class TenantExportTest extends CommandTestBase {

    private static final String README = "All of one tenant.\n";
    private static final String TENANT = "{\"slug\":\"acme\"}\n";
    private static final String KEYS = "{\"name\":\"a\"}\n{\"name\":\"b\"}\n";

    private Path target = Path.of("unset");

    @BeforeEach
    void tenant() {
        acme();
        target = directory.resolve("acme.zip");
    }

    private static String manifest(String files) {
        return "{\"format\":1,\"tenantId\":\"" + ID + "\",\"files\":[" + files + "]}";
    }

    private static String entry(String name, int rows, String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "{\"name\":\"" + name + "\"," + (rows < 0 ? "" : "\"rows\":" + rows + ",") + "\"bytes\":"
                    + text.length() + ",\"sha256\":\""
                    + HexFormat.of().formatHex(digest) + "\"}";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String whole() {
        return manifest(entry("README.txt", -1, README) + "," + entry("tenant.jsonl", 1, TENANT) + ","
                + entry("keys.jsonl", 2, KEYS));
    }

    private static byte[] zip(Map<String, String> files) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (var file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    private static Map<String, String> files(String manifest) {
        var files = new LinkedHashMap<String, String>();
        files.put("README.txt", README);
        files.put("tenant.jsonl", TENANT);
        files.put("keys.jsonl", KEYS);
        files.put("manifest.json", manifest);
        return files;
    }

    private void answer(byte[] body, int missing) {
        fake.on("GET " + tenantPath("/export"),
                new Answer(200, Map.of("Content-Type", "application/zip"), body, missing));
    }

    @Test
    void shouldFetchAndCheckAnExport() throws Exception {
        // Given
        byte[] zip = zip(files(whole()));
        answer(zip, 0);

        // When
        int exit = run("tenant", "export", "acme", "-f", target.toString());

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo(target + ": 3 files, 3 rows, as the manifest says\n");
        assertThat(err()).contains("export: asking the registry ...", zip.length + " B in ", ", checked");
        assertThat(target).hasBinaryContent(zip);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target))).isEqualTo("rw-------");
    }

    static Stream<Arguments> damaged() {
        var without = files(whole());
        without.remove("keys.jsonl");
        var more = files(whole());
        more.put("more.jsonl", "{}\n");
        var unlisted = files(whole());
        unlisted.remove("manifest.json");
        return Stream.of(Arguments.of(without, "lists keys.jsonl, and it is not there"),
                Arguments.of(more, "does not list more.jsonl"), Arguments.of(unlisted, "it has no manifest.json"),
                Arguments.of(
                        files(manifest(entry("README.txt", -1, README) + "," + entry("tenant.jsonl", 2, TENANT) + ","
                                + entry("keys.jsonl", 2, KEYS))),
                        "in tenant.jsonl the manifest counts rows 2, and there are 1"),
                Arguments.of(
                        files(manifest(entry("README.txt", -1, README) + "," + entry("tenant.jsonl", 1, TENANT) + ","
                                + entry("keys.jsonl", 2, "other"))),
                        "in keys.jsonl the manifest counts bytes 5, and there are 26"),
                Arguments.of(
                        files(manifest(entry("README.txt", -1, README) + "," + entry("tenant.jsonl", 1, TENANT) + ","
                                + entry("keys.jsonl", 2, KEYS.replace('b', 'c')))),
                        "in keys.jsonl the manifest counts SHA-256"));
    }

    @ParameterizedTest
    @MethodSource("damaged")
    void shouldKeepNothingThatIsNotWhatTheManifestSays(Map<String, String> files, String reason) throws Exception {
        // Given
        answer(zip(files), 0);

        // When
        int exit = run("tenant", "export", "acme", "-f", target.toString());

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).contains(reason).contains("next:  export again");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldKeepNothingOfACutAnswer() throws Exception {
        // Given
        answer(zip(files(whole())), 100);

        // When
        int exit = run("tenant", "export", "acme", "-f", target.toString());

        // Then
        assertThat(exit).isEqualTo(3);
        assertThat(err()).contains("the answer was cut off");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldKeepNothingThatIsNoZip() {
        // Given
        answer("<html>welcome</html>".getBytes(StandardCharsets.UTF_8), 0);

        // When
        int exit = run("tenant", "export", "acme", "-f", target.toString());

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).contains("no whole zip file");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldReplaceAFileOnlyWhenTold() throws Exception {
        // Given
        Files.writeString(target, "precious");
        byte[] zip = zip(files(whole()));
        answer(zip, 0);
        int refused = run("tenant", "export", "acme", "-f", target.toString());
        String kept = Files.readString(target);

        // When
        int exit = run("tenant", "export", "acme", "-f", target.toString(), "--force");

        // Then
        assertThat(refused).isEqualTo(2);
        assertThat(kept).isEqualTo("precious");
        assertThat(err()).contains("is there already").contains("--force");
        assertThat(exit).isZero();
        assertThat(target).hasBinaryContent(zip);
    }
}
