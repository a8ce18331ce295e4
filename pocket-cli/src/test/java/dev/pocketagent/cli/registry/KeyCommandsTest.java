package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class KeyCommandsTest extends CommandTestBase {

    private static final String KEY = "01990000-0000-7000-8000-00000000000a";

    @BeforeEach
    void tenant() {
        acme();
        fake.on("POST " + tenantPath("/keys"), Answer.json(201, "{\"id\":\"k\",\"secret\":\"pocket_tn_s\"}"));
        fake.on("POST /api/v1/keys", Answer.json(201, "{\"id\":\"k\",\"secret\":\"pocket_svc_s\"}"));
    }

    @Test
    void shouldKeepAnIssuedKeyForItsOwnerOnlyWhenAsked() throws Exception {
        // When
        int exit = run("key", "issue", "acme", "--save");

        // Then
        assertThat(exit).isZero();
        Path saved = directory.resolve("home/secrets/tenant-keys/acme.key");
        assertThat(saved).hasContent("pocket_tn_s");
        assertThat(Files.getPosixFilePermissions(saved)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"--expires-in,90d,2027-02-22T12:00:00Z", "--days,1,2026-11-25T12:00:00Z",
            "--expires-in,1h30m,2026-11-24T13:30:00Z"})
    void shouldIssueAKeyThatExpires(String option, String value, String expires) {
        // When
        run("key", "issue", "acme", "--role", "tenant-admin", "--scope", "a", "--scope", "b", option, value);

        // Then
        assertThat(sent()).isEqualTo(Json.read("""
                {"name":"cli","role":"tenant-admin","scopes":["a","b"],"expiresAt":"%s"}""".formatted(expires)));
        assertThat(out()).contains("pocket_tn_s");
        assertThat(err()).contains("not shown again");
    }

    @Test
    void shouldIssueAKeyOfThePlatformIntoAFile() throws Exception {
        // Given
        Path file = directory.resolve("router.key");

        // When
        int exit = run("key", "issue", "--role", "service", "--name", "router", "--secret-file", file.toString());

        // Then
        assertThat(exit).isZero();
        assertThat(requests()).containsExactly("POST /api/v1/keys");
        assertThat(sent()).isEqualTo(Json.read("{\"name\":\"router\",\"role\":\"service\"}"));
        assertThat(file).hasContent("pocket_svc_s");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(out() + err()).doesNotContain("pocket_svc_s").contains("The secret is in " + file);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--platform|needs a role", "--role service acme|belongs to the platform",
            "--role agent|belongs to a tenant", "--platform --role agent|belongs to a tenant",
            "--role service --save|use --secret-file", "acme --expires-in 90|\"90\" is no duration",
            "acme --expires-in 0|of no use", "acme --days -1|of no use", "acme --days 1 --expires-in 1d|one of them",
            "acme --role root|--role", "acme --secret-file /no/such/directory/key|/no/such/directory"})
    void shouldIssueNothingFromAWrongLine(String line, String reason) {
        // When
        int exit = run(("key issue " + line).split(" "));

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains(reason);
        assertThat(requests()).isEmpty();
    }

    @Test
    void shouldSayThatASecretIsLost() {
        // Given
        Path file = directory.resolve("key");
        fake.on("POST " + tenantPath("/keys"), _ -> {
            assertThat(file.resolve("not-empty").toFile().mkdirs()).isTrue();
            return Answer.json(201, "{\"id\":\"k\",\"secret\":\"pocket_tn_s\"}");
        });

        // When
        int exit = run("key", "issue", "acme", "--secret-file", file.toString());

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).contains("k is made, but its secret could not be written").contains("revoke");
    }

    @Test
    void shouldMakeNoKeyWhoseFileIsThereAlready() throws Exception {
        // Given
        Path file = Files.writeString(directory.resolve("key"), "pocket_tn_other");
        Path kept = directory.resolve("home/secrets/tenant-keys/acme.key");
        Files.createDirectories(kept.getParent());
        Files.writeString(kept, "pocket_tn_other");

        // When
        int toFile = run("key", "issue", "acme", "--secret-file", file.toString());
        int toKept = run("key", "issue", "acme", "--save");
        int toDirectory = run("key", "issue", "acme", "--secret-file", directory.toString(), "--force");

        // Then
        assertThat(List.of(toFile, toKept, toDirectory)).containsOnly(2);
        assertThat(err()).contains(file + " is there already", kept + " is there already", "--force", "is a directory");
        assertThat(requests()).noneMatch(request -> request.startsWith("POST"));
        assertThat(file).hasContent("pocket_tn_other");
        assertThat(kept).hasContent("pocket_tn_other");
    }

    @Test
    void shouldReplaceAFileWhenForced() throws Exception {
        // Given
        Path file = Files.writeString(directory.resolve("key"), "pocket_tn_other");

        // When
        int exit = run("key", "issue", "acme", "--secret-file", file.toString(), "--force");

        // Then
        assertThat(exit).isZero();
        assertThat(file).hasContent("pocket_tn_s");
    }

    @ParameterizedTest
    @CsvSource({"pocket_op_old1234,0,pocket_op_new", "pocket_op_else123,2,pocket_op_else123"})
    void shouldReplaceOnlyTheFileOfTheRotatedKey(String held, int exit, String after) throws Exception {
        // Given
        Path file = Files.writeString(directory.resolve("key"), held);
        fake.on("GET /api/v1/keys/" + KEY, Answer.json(200, "{\"tenantId\":null,\"start\":\"pocket_op_old1\"}"));
        fake.on("POST /api/v1/keys/" + KEY + "/rotate", Answer.json(201, "{\"secret\":\"pocket_op_new\"}"));

        // When
        int ended = run("key", "rotate", KEY, "--secret-file", file.toString());

        // Then
        assertThat(ended).isEqualTo(exit);
        assertThat(file).hasContent(after);
    }

    private void keysOnTwoPages() {
        fake.on("GET " + tenantPath("/keys?limit=200"), Answer.json(200, """
                {"items":[{"id":"1","name":"laptop","role":"tenant-developer","start":"pocket_tn_a",
                "createdAt":"2026-01-02T03:04:05Z","expiresAt":"2026-11-24T12:00:00Z","lastUsedAt":null},
                {"id":"2","name":"gone","role":"agent","start":"pocket_ag_b","createdAt":"2026-01-02T03:04:05Z",
                "revokedAt":"2026-02-02T03:04:05Z"}],"nextCursor":"c"}"""));
        fake.on("GET " + tenantPath("/keys?limit=200&cursor=c"), Answer.json(200, """
                {"items":[{"id":"3","name":"server","role":"tenant-admin","start":"pocket_tn_c",
                "createdAt":"2026-01-02T03:04:05Z","expiresAt":"2026-11-24T12:00:01Z",
                "lastUsedAt":"2026-03-02T03:04:05Z"}],"nextCursor":null}"""));
    }

    @Test
    void shouldListAllKeysWithTheirStates() {
        // Given
        keysOnTwoPages();

        // When
        int exit = run("key", "list", "acme");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo(
                """
                        NAME    ROLE              STARTS WITH  STATE    CREATED               LAST USED             EXPIRES               ID
                        laptop  tenant-developer  pocket_tn_a  expired  2026-01-02 03:04:05Z  -                     2026-11-24 12:00:00Z  1
                        gone    agent             pocket_ag_b  revoked  2026-01-02 03:04:05Z  -                     -                     2
                        server  tenant-admin      pocket_tn_c  active   2026-01-02 03:04:05Z  2026-03-02 03:04:05Z  2026-11-24 12:00:01Z  3
                        """);
    }

    @Test
    void shouldListKeysOfOneState() {
        // Given
        keysOnTwoPages();

        // When
        run("key", "list", "acme", "--state", "active", "-o", "json");

        // Then
        assertThat(Json.read(out()).at("/items")).hasSize(1).first().extracting(key -> Json.text(key, "/id"))
                .isEqualTo("3");
    }

    @Test
    void shouldListThePlatformsKeys() {
        // Given
        fake.on("GET /api/v1/keys?limit=200", Answer.json(200, "{\"items\":[],\"nextCursor\":null}"));

        // When
        int exit = run("key", "list", "--platform");
        int unclear = run("key", "list");

        // Then
        assertThat(exit).isZero();
        assertThat(err()).contains("No keys yet");
        assertThat(unclear).isEqualTo(2);
        assertThat(requests()).containsExactly("GET /api/v1/keys?limit=200");
    }

    @ParameterizedTest
    @CsvSource({"0,0,refused from now on", "24h,86400,goes on for 1 d 0 h", "90m,5400,goes on for 1 h 30 min"})
    void shouldRotateAKeyAndSayHowLongTheOldOneGoesOn(String overlap, int seconds, String said) {
        // Given
        fake.on("GET /api/v1/keys/" + KEY, Answer.json(200, "{\"id\":\"" + KEY + "\",\"tenantId\":null}"));
        fake.on("POST /api/v1/keys/" + KEY + "/rotate",
                Answer.json(201, "{\"id\":\"n\",\"replaces\":\"" + KEY + "\",\"secret\":\"pocket_op_n\"}"));

        // When
        int exit = run("key", "rotate", KEY, "--overlap", overlap);

        // Then
        assertThat(exit).isZero();
        assertThat(sent()).isEqualTo(Json.read("{\"overlapSeconds\":" + seconds + "}"));
        assertThat(out()).contains("pocket_op_n");
        assertThat(err()).contains(said);
    }

    @Test
    void shouldSaveTheNewKeyOfATenant() {
        // Given
        fake.on("GET /api/v1/keys/" + KEY, Answer.json(200, "{\"tenantId\":\"" + ID + "\"}"));
        fake.on("GET " + tenantPath(""), Answer.json(200, "{\"slug\":\"acme\"}"));
        fake.on("POST /api/v1/keys/" + KEY + "/rotate", Answer.json(201, "{\"secret\":\"pocket_tn_n\"}"));

        // When
        int exit = run("key", "rotate", KEY, "--save", "--expires-in", "1d");

        // Then
        assertThat(exit).isZero();
        assertThat(sent()).isEqualTo(Json.read("""
                {"overlapSeconds":86400,"expiresAt":"2026-11-25T12:00:00Z"}"""));
        assertThat(directory.resolve("home/secrets/tenant-keys/acme.key")).hasContent("pocket_tn_n");
    }

    @Test
    void shouldShowAKey() {
        // Given
        fake.on("GET /api/v1/keys/" + KEY, Answer.json(200, "{\"id\":\"" + KEY + "\",\"scopes\":[]}"));

        // When
        run("key", "show", KEY);

        // Then
        assertThat(out()).isEqualTo("id      " + KEY + "\nscopes  -\n");
    }

    private void revocable(String role, String start, String others) {
        String shown = "{\"id\":\"" + KEY + "\",\"name\":\"n\",\"role\":\"" + role + "\",\"start\":\"" + start + "\"}";
        fake.on("GET /api/v1/keys/" + KEY, Answer.json(200, shown));
        fake.on("GET /api/v1/keys?limit=200", Answer.json(200, "{\"items\":[" + shown + others + "]}"));
        fake.on("DELETE /api/v1/keys/" + KEY, Answer.json(204, ""));
    }

    @Test
    void shouldRevokeWhateverTheVersion() {
        // Given
        revocable("agent", "pocket_ag_b", "");

        // When
        int exit = run("key", "revoke", KEY);

        // Then
        assertThat(exit).isZero();
        assertThat(fake.asked().getLast().headers()).containsEntry("if-match", "*");
    }

    @ParameterizedTest
    @CsvSource({"support,pocket_op_x,the key in use here?", "operator,pocket_op_y,the last key of an operator?"})
    void shouldAskBeforeSomebodyIsLockedOut(String role, String start, String question) {
        // Given
        revocable(role, start, ",{\"id\":\"r\",\"role\":\"operator\",\"revokedAt\":\"2026-02-02T03:04:05Z\"}");

        // When
        int unasked = run("key", "revoke", KEY);
        int no = runAsking("n\n", "key", "revoke", KEY);
        List<String> before = requests();
        int yes = runAsking("y\n", "key", "revoke", KEY);
        int agreed = run("key", "revoke", KEY, "--yes");

        // Then
        assertThat(List.of(unasked, no, yes, agreed)).containsExactly(2, 2, 0, 0);
        assertThat(before).noneMatch(request -> request.startsWith("DELETE"));
        assertThat(err()).contains(question, "confirm with --yes");
    }

    @Test
    void shouldNotAskWhileAnotherOperatorIsLeft() {
        // Given
        revocable("operator", "pocket_op_y", ",{\"id\":\"o\",\"role\":\"operator\"}");

        // When
        int exit = run("key", "revoke", KEY);

        // Then
        assertThat(exit).isZero();
    }
}
