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
    void aServicesKeyShowsItsDutiesWhereItsScopesDoNotOpenTheCall() {
        Scope read = Scope.reading("registry");
        Scope write = Scope.writing("registry");
        KeyInfo router = service(Duties.VERIFY_KEYS, Duties.FOLLOW_EVENTS);
        assertThat(router.allows(read)).isFalse();
        assertThat(router.rolesFor(write)).containsExactlyInAnyOrder(Duties.VERIFY_KEYS, Duties.FOLLOW_EVENTS);
        assertThat(router.rolesFor(Scope.reading("sync"))).as("duties at another service").isEmpty();
        assertThat(service().rolesFor(write)).containsExactly(Roles.SERVICE);
        KeyInfo mixed = service("registry:read", Duties.VERIFY_KEYS);
        assertThat(mixed.rolesFor(read)).containsExactly(Roles.SERVICE);
        assertThat(mixed.rolesFor(write)).containsExactly(Duties.VERIFY_KEYS);
        assertThat(key(Duties.VERIFY_KEYS).rolesFor(write)).as("of another role").isEmpty();
    }

    private static KeyInfo service(String... scopes) {
        return new KeyInfo(UUID.randomUUID(), KeyKind.SERVICE, Roles.SERVICE, Set.of(scopes), null, null, null, null,
                null);
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
        assertThat(Scope.cover(Set.of("registry:*"), Duties.ALL)).isTrue();
        assertThat(Scope.cover(Set.of("registry:read", "registry:write"), Duties.ALL)).isTrue();
        assertThat(Scope.cover(Set.of("registry:write"), Duties.ALL)).isFalse();
        assertThat(Scope.cover(Duties.ALL, Set.of("registry:read"))).isFalse();
    }
}
