package dev.pocketagent.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.key.KeyKind;

class ScopeTest {

    private static KeyInfo key(String... scopes) {
        return new KeyInfo(UUID.randomUUID(), KeyKind.OPERATOR, Roles.OPERATOR, Set.of(scopes), null, null, null, null,
                null);
    }

    @Test
    void theCatalogueHasThreeForEachService() {
        assertThat(Scope.CATALOGUE).hasSize(12).contains("registry:read", "router:write", "sync:*");
    }

    @Test
    void aKeyWithoutScopesMayAllAndOneWithScopesOnlyWhatTheyName() {
        Scope read = Scope.reading("router");
        Scope write = Scope.writing("router");
        assertThat(key().allows(read)).isTrue();
        assertThat(key().allows(write)).isTrue();
        assertThat(key("router:read").allows(read)).isTrue();
        assertThat(key("router:read").allows(write)).isFalse();
        assertThat(key("router:write").allows(write)).isTrue();
        assertThat(key("router:write").allows(read)).as("writing does not say reading").isFalse();
        assertThat(key("router:*").allows(read)).isTrue();
        assertThat(key("router:*").allows(write)).isTrue();
        assertThat(key("sync:*", "registry:*").allows(read)).isFalse();
        assertThat(key("chat").allows(read)).as("a scope from before there was a catalogue").isFalse();
    }

    @Test
    void scopesCoverWhatIsNotMoreThanThey() {
        assertThat(Scope.cover(Set.of(), Set.of())).isTrue();
        assertThat(Scope.cover(Set.of(), Set.of("registry:*"))).isTrue();
        assertThat(Scope.cover(Set.of("registry:*"), Set.of("registry:read", "registry:*"))).isTrue();
        assertThat(Scope.cover(Set.of("registry:read", "registry:write"), Set.of("registry:*"))).isTrue();
        assertThat(Scope.cover(Set.of("registry:*"), Set.of())).as("none is all").isFalse();
        assertThat(Scope.cover(Set.of("registry:write"), Set.of("registry:*"))).isFalse();
        assertThat(Scope.cover(Set.of("registry:*"), Set.of("registry:read", "sync:read"))).isFalse();
        assertThat(Scope.cover(Set.of("registry:*"), Set.of("chat"))).isFalse();
    }
}
