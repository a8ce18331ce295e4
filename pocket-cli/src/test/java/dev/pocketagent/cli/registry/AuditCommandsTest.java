package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.Pocket;
import dev.pocketagent.cli.output.Json;

class AuditCommandsTest extends CommandTestBase {

    private static final String STRANGER = "01990000-0000-7000-8000-0000000000ff";
    private static final String HEAD = "{\"tenantId\":\"" + ID + "\",\"seq\":3,\"hash\":\"0123456789abcdef\"}";
    private static final String INTACT = """
            {"intact":true,"checkedTenants":1,"checkedRows":3,"tenants":[{"tenantId":"%s","rows":3,
            "head":"0123456789abcdef","intact":true}]}""".formatted(ID);
    private static final String BROKEN = """
            {"intact":false,"checkedTenants":1,"checkedRows":3,"tenants":[{"tenantId":"%s","rows":3,
            "head":"0123456789abcdef","intact":false,"firstBreak":{"seq":2,"reason":"row_changed"}}]}""".formatted(ID);

    @Test
    void shouldListRowsWithAllFilters() {
        // Given
        acme();
        fake.on("GET /api/v1/audit?limit=7&tenant=" + ID + "&action=tenant.*&actor=k&target=tenant%2Fx"
                + "&from=2026-11-23T12%3A00%3A00Z&to=2026-11-24T00%3A00%3A00Z", Answer.json(200, """
                        {"items":[{"seq":3,"at":"2026-01-02T03:04:05Z","actorRole":"operator","actorName":"Ada",
                        "action":"tenant.suspend","target":"tenant/x","detail":{"reason":"unpaid bill"},
                        "hash":"0123456789abcdef"}],"nextCursor":null}"""));

        // When
        int exit = run("audit", "list", "-t", "acme", "--action", "tenant.*", "--actor", "k", "--target", "tenant/x",
                "--since", "24h", "--until", "2026-11-24", "--limit", "7");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                SEQ  AT                    BY   ROLE      ACTION          TARGET    DETAIL              HASH      KEY
                  3  2026-01-02 03:04:05Z  Ada  operator  tenant.suspend  tenant/x  reason=unpaid bill  01234567  -
                """);
    }

    @Test
    void shouldNameTenantsAndKeysWithOneRequest() {
        // Given
        String row = "{\"seq\":%d,\"at\":\"2026-01-02T03:04:05Z\",\"tenantId\":\"%s\"%s,\"actorRole\":\"operator\","
                + "\"actorKeyId\":\"%s\",\"action\":\"a\",\"target\":\"t\",\"hash\":\"0123456789\"}";
        fake.on("GET /api/v1/audit?limit=100", Answer.json(200, "{\"items\":["
                + row.formatted(3, ID, ",\"tenantSlug\":\"acme\",\"actorName\":\"laptop of Ada\"", "k1") + ","
                + row.formatted(2, STRANGER, "", "k2") + ","
                + row.formatted(1, "00000000-0000-0000-0000-000000000000", "", "k3") + "]}"));

        // When
        int exit = run("audit", "list");
        run("audit", "list", "-o", "json");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).startsWith("""
                SEQ  AT                    TENANT                                BY             ROLE      ACTION  TARGET  DETAIL  HASH      KEY
                  3  2026-01-02 03:04:05Z  acme                                  laptop of Ada  operator  a       t       -       01234567  k1
                  2  2026-01-02 03:04:05Z  %s  -              operator  a       t       -       01234567  k2
                  1  2026-01-02 03:04:05Z  (platform)                            -              operator  a       t       -       01234567  k3
                """.formatted(STRANGER));
        assertThat(requests()).containsOnly("GET /api/v1/audit?limit=100").hasSize(2);
        assertThat(out()).contains("\"tenantId\" : \"" + ID + "\"", "\"actorKeyId\" : \"k1\"")
                .doesNotContain("tenantShown");
    }

    @ParameterizedTest
    @CsvSource({"tenant.suspend,false", "tenant.*,false", "tenant.suspended,true", "tenants.*,true"})
    void shouldDoubtAnActionThatItDoesNotKnowWhenThereIsNoRow(String action, boolean doubted) {
        // Given
        fake.on("GET /api/v1/audit?limit=100&action=" + action, Answer.json(200, "{\"items\":[]}"));

        // When
        int exit = run("audit", "list", "--action", action);

        // Then
        assertThat(exit).isZero();
        assertThat(err()).startsWith("Nothing like that was recorded.");
        assertThat(err().contains("Is \"" + action + "\" an action?")).isEqualTo(doubted);
    }

    @Test
    void shouldListThePlatformsOwnRows() {
        // Given
        fake.on("GET /api/v1/audit?limit=100&tenant=00000000-0000-0000-0000-000000000000",
                Answer.json(200, "{\"items\":[]}"));

        // When
        int exit = Pocket.run(cli(Map.of("POCKET_TENANT", "acme")), "audit", "list", "--platform");
        int both = run("audit", "list", "--platform", "-t", ID);

        // Then
        assertThat(exit).isZero();
        assertThat(err()).contains("Nothing like that was recorded.");
        assertThat(both).isEqualTo(2);
    }

    @Test
    void shouldRefuseAMomentThatIsNone() {
        // When
        int exit = run("audit", "list", "--since", "yesterday");

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains("--since").contains("\"yesterday\" is no moment");
    }

    private void csv(int missing) {
        fake.on("GET /api/v1/audit/export?action=key.*&format=csv", new Answer(200,
                Map.of("Content-Type", "text/csv"), "seq,action\n1,ä\n".getBytes(StandardCharsets.UTF_8), missing));
    }

    @Test
    void shouldExportToStandardOutput() {
        // Given
        csv(0);

        // When
        int exit = run("audit", "export", "--format", "csv", "--action", "key.*");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("seq,action\n1,ä\n");
        assertThat(err()).isEmpty();
    }

    @Test
    void shouldExportIntoAFileThatIsWholeOrNotThere() {
        // Given
        Path whole = directory.resolve("whole.csv");
        Path cut = directory.resolve("cut.csv");
        csv(0);
        int exit = run("audit", "export", "--format", "csv", "--action", "key.*", "-f", whole.toString());
        csv(10);

        // When
        int failed = run("audit", "export", "--format", "csv", "--action", "key.*", "-f", cut.toString());

        // Then
        assertThat(exit).isZero();
        assertThat(whole).hasContent("seq,action\n1,ä\n");
        assertThat(err()).contains("export: 16 B in ");
        assertThat(failed).isEqualTo(3);
        assertThat(cut).doesNotExist();
    }

    /** As the registry writes it: 200 bytes, with the digest of what follows. */
    private static String header(int count, String lines) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(lines.getBytes(StandardCharsets.UTF_8));
        String header = "{\"at\":\"2026-11-24T12:00:00Z\",\"count\":" + count + ",\"sha256\":\""
                + HexFormat.of().formatHex(digest) + "\"}";
        return header + " ".repeat(199 - header.length()) + "\n";
    }

    @Test
    void shouldShowAndNoteHeads() throws Exception {
        // Given
        fake.on("GET /api/v1/audit/heads?limit=200",
                Answer.json(200, "{\"items\":[" + HEAD + "],\"nextCursor\":\"c\"}"));
        fake.on("GET /api/v1/audit/heads?limit=200&cursor=c",
                Answer.json(200, "{\"items\":[" + HEAD.replace(ID, "other") + "],\"nextCursor\":null}"));
        Path file = directory.resolve("heads.jsonl");
        run("audit", "heads");

        // When
        int exit = run("audit", "heads", "-f", file.toString());
        int again = run("audit", "heads", "-f", file.toString());

        // Then
        assertThat(exit).isZero();
        assertThat(out()).startsWith("TENANT                                SEQ  HASH\n" + ID
                + "    3  0123456789abcdef\nother                                   3  0123456789abcdef\n");
        String lines = HEAD + "\n" + HEAD.replace(ID, "other") + "\n";
        assertThat(file).content().isEqualTo(header(2, lines) + lines);
        assertThat(again).isEqualTo(2);
    }

    @Test
    void shouldVerifyAllChains() {
        // Given
        fake.on("GET /api/v1/audit/verify", Answer.json(200, INTACT));

        // When
        int exit = run("audit", "verify");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                TENANT                                ROWS  HEAD      INTACT  FIRST BREAK  WHAT
                %s     3  01234567  true    -            -
                """.formatted(ID));
        assertThat(err()).isEqualTo("3 rows in 1 chains: intact\n");
    }

    @Test
    void shouldExitOneWhenAChainIsBroken() {
        // Given
        fake.on("GET /api/v1/audit/verify?tenant=" + ID, Answer.json(200, BROKEN));

        // When
        int exit = run("audit", "verify", "-t", ID);

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(out()).contains("01234567  false   2            row_changed");
        assertThat(err()).startsWith("BROKEN").contains("next:  keep a copy of the database");
    }

    @Test
    void shouldVerifyAgainstNotedHeadsWhereverTheyWereNoted() throws Exception {
        // Given
        Path own = Files.writeString(directory.resolve("own.jsonl"), HEAD + "\n");
        String line = HEAD.replace(":3", ":2") + "\n";
        Path service = Files.writeString(directory.resolve("heads-20260102T030405.000000Z.jsonl"),
                header(1, line) + line);
        fake.on("GET /api/v1/audit/verify", Answer.json(200, INTACT));
        fake.on("POST /api/v1/audit/verify", Answer.json(200, INTACT));

        // When
        int exit = run("audit", "verify", "--heads", own.toString(), "--heads", service.toString());

        // Then
        assertThat(exit).isZero();
        assertThat(sent()).isEqualTo(Json.read("{\"heads\":[" + HEAD + "," + HEAD.replace(":3", ":2") + "]}"));
        assertThat(err()).contains("all 2 given heads are in them");
    }

    @Test
    void shouldExitOneWhenAChainLostItsEnd() throws Exception {
        // Given
        Path file = Files.writeString(directory.resolve("heads.jsonl"), HEAD + "\n" + HEAD.replace(ID, "gone") + "\n");
        String missing = "\"intact\":false,\"firstBreak\":{\"seq\":3,\"reason\":\"head_missing\"}}";
        fake.on("GET /api/v1/audit/verify", Answer.json(200, INTACT));
        fake.on("POST /api/v1/audit/verify", Answer.json(200, "{\"intact\":false,\"tenants\":[{\"tenantId\":\"" + ID
                + "\",\"rows\":2,\"head\":\"fedcba9876\"," + missing
                + ",{\"tenantId\":\"gone\",\"rows\":0,\"head\":\"0\","
                + missing + "]}"));

        // When
        int exit = run("audit", "verify", "--heads", file.toString());

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(out()).isEqualTo("""
                TENANT                                ROWS  HEAD      INTACT  FIRST BREAK  WHAT
                gone                                     0  0         false   3            head_missing
                %s     2  fedcba98  false   3            head_missing
                """.formatted(ID));
        assertThat(err()).startsWith("BROKEN");
    }

    @Test
    void shouldSendManyHeadsInPieces() throws Exception {
        // Given
        String lines = IntStream.rangeClosed(1, 2500).mapToObj(seq -> HEAD.replace(":3", ":" + seq) + "\n")
                .collect(Collectors.joining());
        Path file = Files.writeString(directory.resolve("heads.jsonl"), lines + HEAD.replace(ID, "other"));
        fake.on("GET /api/v1/audit/verify?tenant=" + ID, Answer.json(200, INTACT));
        fake.on("POST /api/v1/audit/verify", Answer.json(200, INTACT));

        // When
        int exit = run("audit", "verify", "-t", ID, "--heads", file.toString(), "--heads", file.toString());
        int none = run("audit", "verify", "-t", STRANGER, "--heads", file.toString());

        // Then
        assertThat(exit).isZero();
        assertThat(fake.asked().stream().filter(asked -> asked.method().equals("POST"))
                .map(asked -> Json.read(asked.body()).path("heads").size())).containsExactly(2000, 500);
        assertThat(none).isEqualTo(2);
        assertThat(err()).contains("no head of this tenant");
    }

    @Test
    void shouldNameDamagedFilesOfTheRegistry() {
        // Given
        fake.on("GET /api/v1/audit/verify", Answer.json(200, INTACT.replace("{\"intact\":true,\"checkedTenants\"",
                "{\"intact\":false,\"noted\":{\"damagedFiles\":[\"heads-1.jsonl\"]},\"checkedTenants\"")));

        // When
        int exit = run("audit", "verify");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).startsWith("DAMAGED").contains("heads-1.jsonl").contains("BROKEN");
    }

    @Test
    void shouldNoticeThatNotedHeadsWereCutOrChanged() throws Exception {
        // Given
        String lines = HEAD + "\n" + HEAD.replace(ID, "other") + "\n";
        Path cut = Files.writeString(directory.resolve("cut.jsonl"), header(2, lines) + HEAD + "\n");
        Path changed = Files.writeString(directory.resolve("changed.jsonl"),
                header(2, lines) + lines.replace(":3", ":2"));

        // When
        int cutExit = run("audit", "verify", "--heads", cut.toString());
        int changedExit = run("audit", "verify", "--heads", changed.toString());

        // Then
        assertThat(cutExit).isEqualTo(1);
        assertThat(changedExit).isEqualTo(1);
        assertThat(err()).contains("cut.jsonl was changed or cut").contains("changed.jsonl was changed or cut");
        assertThat(fake.asked()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "{}", "{\"tenantId\":\"a\",\"seq\":\"3\",\"hash\":\"b\"}"})
    void shouldSayWhichLineIsNoHead(String line) throws Exception {
        // Given
        Path file = Files.writeString(directory.resolve("heads.jsonl"), HEAD + "\n" + line + "\n");

        // When
        int exit = run("audit", "verify", "--heads", file.toString());

        // Then
        assertThat(exit).isEqualTo(2);
        assertThat(err()).contains("heads.jsonl, line 2, is no head");
        assertThat(fake.asked()).isEmpty();
    }
}
