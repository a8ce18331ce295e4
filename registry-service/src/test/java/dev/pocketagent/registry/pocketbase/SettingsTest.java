package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.registry.tenant.TenantState;

class SettingsTest {

    private static PocketBaseConfig config(String... more) {
        String[] all = new String[more.length + 4];
        all[0] = "url";
        all[1] = "http://pocketbase:8090/";
        all[2] = "token-file";
        all[3] = "/run/secrets/token";
        System.arraycopy(more, 0, all, 4, more.length);
        return TestSettings.config(all);
    }

    @Test
    void defaultsWork() throws PocketBaseException {
        PocketBaseConfig config = config();
        Settings settings = Settings.of(config);
        assertThat(settings.base()).hasToString("http://pocketbase:8090");
        assertThat(settings.collection()).isEqualTo("tenants");
        assertThat(settings.conflict()).isEqualTo(Conflict.REPORT);
        assertThat(settings.create()).isTrue();
        assertThat(config.interval()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.dryRun()).isFalse();
        assertThat(settings.mapping().writeBack()).containsExactly(Part.STATE);
        assertThat(settings.mapping().externalIds()).hasSize(4).containsEntry("coolify_service_uuid",
                "coolify_service_uuid");
    }

    @Test
    void wordsAndFieldsAreMapped() throws PocketBaseException {
        Mapping mapping = Settings.of(config("states.paused", "suspended", "plans.gold", "business", "conflict",
                "registry-wins", "write-back", "state,name", "fields.slug", "handle", "fields.external-ids.crm_id",
                "crm")).mapping();
        assertThat(mapping.states()).containsEntry("paused", TenantState.SUSPENDED);
        assertThat(mapping.plans()).containsEntry("gold", "business");
        assertThat(mapping.names().slug()).isEqualTo("handle");
        assertThat(mapping.externalIds()).containsOnlyKeys("crm_id");
        assertThat(mapping.writeBack()).containsExactlyInAnyOrder(Part.STATE, Part.NAME);
    }

    /** As the guide has it for containers. */
    @Test
    void environmentVariablesDo() throws PocketBaseException {
        PocketBaseConfig config = TestSettings.fromEnvironment(Map.of("POCKET_REGISTRY_POCKETBASE_URL",
                "http://pocketbase:8090", "POCKET_REGISTRY_POCKETBASE_TOKEN_FILE", "/run/secrets/pocketbase.token",
                "POCKET_REGISTRY_POCKETBASE_DRY_RUN", "true", "POCKET_REGISTRY_POCKETBASE_STATES_PAUSED", "suspended",
                "POCKET_REGISTRY_POCKETBASE_PLANS_GOLD", "business", "POCKET_REGISTRY_POCKETBASE_WRITE_BACK",
                "state,plan", "POCKET_REGISTRY_POCKETBASE_FIELDS_SLUG", "handle"));
        assertThat(config.dryRun()).isTrue();
        Mapping mapping = Settings.of(config).mapping();
        assertThat(mapping.states()).containsExactly(Map.entry("paused", TenantState.SUSPENDED));
        assertThat(mapping.plans()).containsExactly(Map.entry("gold", "business"));
        assertThat(mapping.writeBack()).containsExactlyInAnyOrder(Part.STATE, Part.PLAN);
        assertThat(mapping.names().slug()).isEqualTo("handle");
    }

    @ParameterizedTest
    @CsvSource({"url,ftp://pocketbase", "url,http:nohost", "url,http://user:secret@pocketbase",
            "url,http://pocketbase?x=1", "collection,../x", "auth-path,api", "page-size,0", "page-size,1001",
            "max-records,0", "timeout,0s", "states.paused,asleep", "fields.slug,a b", "fields.name,slug",
            "fields.external-ids.Big,x"})
    void whatCannotBeIsNamedByItsKey(String key, String value) {
        assertThatThrownBy(() -> Settings.of(config(key, value))).isInstanceOfSatisfying(PocketBaseException.class,
                e -> {
                    assertThat(e.trouble()).isEqualTo(Trouble.MISCONFIGURED);
                    assertThat(e.getMessage()).startsWith(Settings.PREFIX + key.replaceAll("fields\\.(slug|name)",
                            "fields")).doesNotContain("secret");
                });
    }

    @Test
    void aWayToSignInIsNeeded() {
        assertThatThrownBy(() -> Settings.of(TestSettings.config("url", "http://pocketbase", "identity", "a@b.c")))
                .hasMessageContaining("token-file is needed, or identity and password-file");
    }

    @Test
    void aTokensEndIsReadFromItselfAndNothingElseIsAToken() throws Exception {
        ObjectMapper json = new ObjectMapper();
        String claims = Base64.getUrlEncoder().withoutPadding()
                .encodeToString("{\"exp\":1795613532,\"type\":\"auth\"}".getBytes(StandardCharsets.UTF_8));
        Token token = Token.parse("e30." + claims + ".c2ln", json);
        assertThat(token.expiresAt()).isEqualTo(Instant.ofEpochSecond(1795613532));
        assertThat(token.goodAt(token.expiresAt().minusSeconds(31))).isTrue();
        assertThat(token.goodAt(token.expiresAt().minusSeconds(30))).isFalse();
        assertThat(token.toString()).doesNotContain(claims);
        for (String wrong : new String[]{"", "abc", "a.b", "a.b.c", "e30.e30.e30", "e30." + claims, "..",
                "e30." + Base64.getUrlEncoder().encodeToString("{\"exp\":\"soon\"}".getBytes(StandardCharsets.UTF_8))
                        + ".x"}) {
            assertThatThrownBy(() -> Token.parse(wrong, json)).as(wrong).isInstanceOf(java.io.IOException.class);
        }
    }
}
