package dev.pocketagent.sync.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.sync.source.Forge;

class SignatureTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
    private static final String GITHUB_SECRET = "It's a Secret to Everybody";
    private static final String GITHUB_BODY = "Hello, World!";
    private static final String GITHUB_HEX = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    @Test
    void githubsPublishedVectorIsAccepted() {
        assertThat(matches(Forge.GITHUB, GITHUB_SECRET, GITHUB_BODY,
                Map.of("X-Hub-Signature-256", "sha256=" + GITHUB_HEX))).isTrue();
    }

    @Test
    void rfc4231CaseTwoIsAcceptedInTheFormOfEachForge() {
        String hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        String body = "what do ya want for nothing?";
        assertThat(matches(Forge.GITEA, "Jefe", body, Map.of("X-Gitea-Signature", hex))).isTrue();
        assertThat(matches(Forge.FORGEJO, "Jefe", body, Map.of("X-Forgejo-Signature", hex))).isTrue();
        assertThat(matches(Forge.BITBUCKET, "Jefe", body, Map.of("X-Hub-Signature", "sha256=" + hex))).isTrue();
        assertThat(matches(Forge.GITHUB, "Jefe", body, Map.of("X-Hub-Signature-256", "sha256=" + hex))).isTrue();
    }

    @Test
    void theForgeDecidesWhichHeaderCounts() {
        Map<String, String> all = Map.of("X-Hub-Signature-256", "sha256=" + GITHUB_HEX);
        assertThat(matches(Forge.GITEA, GITHUB_SECRET, GITHUB_BODY, all)).isFalse();
        assertThat(matches(Forge.BITBUCKET, GITHUB_SECRET, GITHUB_BODY, all)).isFalse();
        assertThat(matches(Forge.GITLAB, GITHUB_SECRET, GITHUB_BODY, all)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sha256=", "sha256=zz", "sha1=" + GITHUB_HEX, GITHUB_HEX, "sha256=" + GITHUB_HEX + "00",
            "SHA256=" + GITHUB_HEX,
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e16"})
    void whatIsNoSignatureIsRefused(String header) {
        assertThat(matches(Forge.GITHUB, GITHUB_SECRET, GITHUB_BODY, Map.of("X-Hub-Signature-256", header))).isFalse();
    }

    @Test
    void giteasSignatureIsBare() {
        assertThat(matches(Forge.GITEA, GITHUB_SECRET, GITHUB_BODY, Map.of("X-Gitea-Signature", GITHUB_HEX))).isTrue();
        for (String header : new String[]{"", "sha256=", "sha256=" + GITHUB_HEX, GITHUB_HEX.substring(1)}) {
            assertThat(matches(Forge.GITEA, GITHUB_SECRET, GITHUB_BODY, Map.of("X-Gitea-Signature", header))).isFalse();
        }
    }

    @Test
    void aMissingHeaderIsRefusedByEveryForge() {
        for (Forge forge : Forge.values()) {
            assertThat(matches(forge, "whsec_c2VjcmV0", "{}", Map.of())).as(forge.code()).isFalse();
        }
    }

    @Test
    void anEmptySecretIsImpossible() {
        assertThatThrownBy(() -> Signature.begin(Forge.GITLAB, "", name -> "", NOW))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void gitlabsTokenIsComparedAsAWhole() {
        assertThat(matches(Forge.GITLAB, "token", "{}", Map.of("X-Gitlab-Token", "token"))).isTrue();
        assertThat(matches(Forge.GITLAB, "token", "{}", Map.of("X-Gitlab-Token", "toke"))).isFalse();
        assertThat(matches(Forge.GITLAB, "token", "{}", Map.of("X-Gitlab-Token", ""))).isFalse();
    }

    @Test
    void standardWebhooksSignIdTimeAndBody() throws Exception {
        // Given
        byte[] key = "0123456789abcdef01234567".getBytes(StandardCharsets.UTF_8);
        String secret = "whsec_" + Base64.getEncoder().encodeToString(key);
        String body = "{\"a\":1}";
        String good = "v1,"
                + Base64.getEncoder().encodeToString(hmac(key, "msg_1." + NOW.getEpochSecond() + "." + body));
        Map<String, String> headers = Map.of("webhook-id", "msg_1", "webhook-timestamp",
                String.valueOf(NOW.getEpochSecond()),
                "webhook-signature", "v1,AAAA v2,x " + good);

        // When / Then
        assertThat(matches(Forge.STANDARD_WEBHOOKS, secret, body, headers)).isTrue();
        assertThat(matches(Forge.STANDARD_WEBHOOKS, secret, body + " ", headers)).isFalse();
        assertThat(matchesAt(NOW.plusSeconds(300), secret, body, headers)).isTrue();
        assertThat(matchesAt(NOW.plusSeconds(301), secret, body, headers)).isFalse();
        assertThat(matchesAt(NOW.minusSeconds(301), secret, body, headers)).isFalse();
        assertThat(matches(Forge.STANDARD_WEBHOOKS, secret, body, with(headers, "webhook-id", "msg_2"))).isFalse();
        assertThat(matches(Forge.STANDARD_WEBHOOKS, secret, body, with(headers, "webhook-timestamp", "1700000001")))
                .isFalse();
        assertThat(matches(Forge.STANDARD_WEBHOOKS, secret, body, with(headers, "webhook-timestamp", "now"))).isFalse();
        assertThat(matches(Forge.STANDARD_WEBHOOKS, secret, body, with(headers, "webhook-signature", "v1,"))).isFalse();
    }

    @Test
    void aBodyInPiecesIsTheSameBody() {
        // Given
        Random random = new Random(5);
        byte[] body = GITHUB_BODY.getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 100; round++) {
            Signature signature = Signature.begin(Forge.GITHUB, GITHUB_SECRET,
                    name -> name.equals("X-Hub-Signature-256") ? "sha256=" + GITHUB_HEX : null, NOW);

            // When
            for (int at = 0; at < body.length;) {
                int length = Math.min(body.length - at, random.nextInt(1, 5));
                signature.update(body, at, length);
                at += length;
            }

            // Then
            assertThat(signature.matches()).isTrue();
        }
    }

    @Test
    void everyForgesOwnSecretCanBeUsed() throws Exception {
        byte[] random = HexFormat.of().parseHex("00".repeat(32));
        assertThat(Forge.STANDARD_WEBHOOKS.present(random)).startsWith("whsec_");
        assertThat(Forge.GITHUB.present(random)).hasSize(43).matches("[A-Za-z0-9_-]+");
    }

    private static boolean matches(Forge forge, String secret, String body, Map<String, String> headers) {
        Signature signature = Signature.begin(forge, secret, headers::get, NOW);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        signature.update(bytes, 0, bytes.length);
        return signature.matches();
    }

    private static boolean matchesAt(Instant now, String secret, String body, Map<String, String> headers) {
        Signature signature = Signature.begin(Forge.STANDARD_WEBHOOKS, secret, headers::get, now);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        signature.update(bytes, 0, bytes.length);
        return signature.matches();
    }

    private static Map<String, String> with(Map<String, String> headers, String name, String value) {
        Map<String, String> changed = new HashMap<>(headers);
        changed.put(name, value);
        return changed;
    }

    private static byte[] hmac(byte[] key, String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }
}
