package dev.pocketagent.sync.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteUrlTest {

    @ParameterizedTest
    @ValueSource(strings = {"https://github.com/you/my-telos.git", "https://git.example.org:8443/a/b",
            "https://[2001:db8::1]/a",
            "HTTPS://github.com/you/x", "https://example.org/a%20b.git"})
    void addressesOfRepositoriesAreAccepted(String text) throws Exception {
        assertThat(RemoteUrl.parse(text, Set.of("https")).uri().toString()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-uhttps://x/y", "--upload-pack=touch /tmp/x", "http://github.com/a",
            "git://github.com/a", "ftp://x/y",
            "file:///etc", "/etc/passwd", "ext::sh -c id", "https:github.com/a", "https://user:pw@github.com/a",
            "https://token@github.com/a",
            "https://@github.com/a", "https://github.com", "https://github.com/", "https:///a",
            "https://github.com/a?x=y",
            "https://github.com/a#b", "https://-oProxyCommand=x/a", "https://github.com/-x",
            "https://github.com/a/--upload-pack",
            "https://github.com/a b", "https://git hub.com/a", "https://github.com/a\nb", "https://github.com/%00",
            "git@github.com:you/x.git",
            "https://exa$mple.org/a"})
    void everythingElseIsRefused(String text) {
        assertThatThrownBy(() -> RemoteUrl.parse(text, Set.of("https"))).isInstanceOf(RemoteUrl.InvalidException.class)
                .hasMessageNotContaining("pw");
    }

    @Test
    void aFileUrlNeedsTheOperatorsSwitch() throws Exception {
        assertThat(RemoteUrl.parse("file:///srv/git/a.git", Set.of("https", "file")).isFile()).isTrue();
        assertThatThrownBy(() -> RemoteUrl.parse("file://host/srv/git", Set.of("https", "file")))
                .isInstanceOf(RemoteUrl.InvalidException.class);
    }

    @Test
    void aRefIsABranchOrTag() {
        assertThat(Remote.isRefName("main")).isTrue();
        assertThat(Remote.isRefName("feature/x")).isTrue();
        assertThat(Remote.isRefName("refs/tags/v1")).isTrue();
        assertThat(Remote.isRefName("-x")).isFalse();
        assertThat(Remote.isRefName("a..b")).isFalse();
        assertThat(Remote.isRefName("a b")).isFalse();
        assertThat(Remote.isRefName("refs/pull/1/head")).isFalse();
        assertThat(Remote.isRefName("a:b")).isFalse();
    }
}
