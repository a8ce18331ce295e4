package dev.pocketagent.sync.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.sync.source.Forge;

class PushHintTest {

    private static final String GITHUB = """
            {"ref":"refs/heads/main","after":"0000000000000000000000000000000000000000","deleted":true,
             "commits":[{"ref":"refs/heads/other"}],"repository":{"name":"x","default_branch":"trunk"}}""";

    @Test
    void githubGitlabGiteaAndForgejoNameTheRefAtTheTop() throws Exception {
        PushHint hint = read(GITHUB);
        assertThat(hint.refs()).containsExactly("refs/heads/main");
        assertThat(hint.defaultBranch()).isEqualTo("trunk");
        assertThat(hint.concerns("main")).isTrue();
        assertThat(hint.concerns("refs/heads/main")).isTrue();
        assertThat(hint.concerns("other")).isFalse();
        assertThat(hint.concerns(null)).isFalse();
    }

    @Test
    void bitbucketNamesThemInAList() throws Exception {
        PushHint hint = read(
                """
                {"push":{"changes":[{"new":{"name":"main","type":"branch"},"old":null},{"old":{"name":"gone"},"new":null}]}}""");
        assertThat(hint.refs()).containsExactlyInAnyOrder("main", "gone");
        assertThat(read("{\"changes\":[{\"ref\":{\"id\":\"refs/heads/main\"}}]}").concerns("main")).isTrue();
    }

    @Test
    void theFormTypeIsDecoded() throws Exception {
        String form = "payload=" + URLEncoder.encode(GITHUB, StandardCharsets.UTF_8) + "&other=1";
        PushHint hint = PushHint.read(new ByteArrayInputStream(form.getBytes(StandardCharsets.UTF_8)), true);
        assertThat(hint.refs()).containsExactly("refs/heads/main");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[]", "nonsense", "{\"ref\":", "{\"ref\":null}", "{\"ref\":{\"x\":1}}"})
    void whatCannotBeUnderstoodMeansGoAndLook(String body) throws Exception {
        assertThat(read(body).concerns("main")).isTrue();
    }

    @Test
    void aDeepPayloadDoesNotHurt() throws Exception {
        assertThat(read("[".repeat(100_000)).concerns("main")).isTrue();
    }

    @Test
    void theHeadersTellAPingFromAPush() {
        assertThat(Forge.GITHUB.kind(Map.of("X-GitHub-Event", "ping")::get)).isEqualTo(Forge.Kind.PING);
        assertThat(Forge.GITHUB.kind(Map.of("X-GitHub-Event", "push")::get)).isEqualTo(Forge.Kind.PUSH);
        assertThat(Forge.GITHUB.kind(Map.of("X-GitHub-Event", "issues")::get)).isEqualTo(Forge.Kind.OTHER);
        assertThat(Forge.GITHUB.kind(Map.<String, String>of()::get)).isEqualTo(Forge.Kind.OTHER);
        assertThat(Forge.GITLAB.kind(Map.of("X-Gitlab-Event", "Push Hook")::get)).isEqualTo(Forge.Kind.PUSH);
        assertThat(Forge.BITBUCKET.kind(Map.of("X-Event-Key", "repo:push")::get)).isEqualTo(Forge.Kind.PUSH);
        assertThat(Forge.BITBUCKET.kind(Map.of("X-Event-Key", "diagnostics:ping")::get)).isEqualTo(Forge.Kind.PING);
        assertThat(Forge.STANDARD_WEBHOOKS.kind(Map.<String, String>of()::get)).isEqualTo(Forge.Kind.PUSH);
    }

    @Test
    void theForgeIsGuessedFromTheHost() {
        assertThat(Forge.guess(URI.create("https://gitlab.com/a/b"))).isEqualTo(Forge.GITLAB);
        assertThat(Forge.guess(URI.create("https://codeberg.org/a/b"))).isEqualTo(Forge.FORGEJO);
        assertThat(Forge.guess(URI.create("https://git.example.org/a/b"))).isEqualTo(Forge.GITHUB);
        assertThat(Forge.guess(null)).isEqualTo(Forge.GITHUB);
        for (Forge forge : Forge.values()) {
            assertThat(Forge.of(forge.code())).contains(forge);
        }
    }

    private static PushHint read(String body) throws IOException {
        return PushHint.read(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)), false);
    }
}
