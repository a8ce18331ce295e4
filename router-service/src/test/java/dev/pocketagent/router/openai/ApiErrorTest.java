package dev.pocketagent.router.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.ObjectMapper;

class ApiErrorTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void hasOpenAisShape() throws Exception {
        // Given
        var error = ApiError.invalid("messages[0]", "a \"quoted\" \n line");

        // When
        var body = JSON.readTree(error.body()).get("error");

        // Then
        assertThat(body.get("message").asText()).isEqualTo("a \"quoted\" \n line");
        assertThat(body.get("type").asText()).isEqualTo("invalid_request_error");
        assertThat(body.get("param").asText()).isEqualTo("messages[0]");
        assertThat(body.get("code").asText()).isEqualTo("invalid_value");
        assertThat(JSON.readTree(ApiError.unauthenticated().body()).get("error").get("param").isNull()).isTrue();
    }

    @Test
    void fitsIntoAStream() {
        // Given
        var error = ApiError.upstreamInterrupted();

        // When
        var event = new String(error.event(), StandardCharsets.UTF_8);

        // Then
        assertThat(event).startsWith("data: {\"error\":{").contains("\"code\":\"upstream_interrupted\"")
                .endsWith("}}\n\n");
    }

    @Test
    void agentsNeverSeeWhatLocksThem() {
        // Given
        var suspended = ApiError.tenantSuspended();

        // When
        var shaped = ErrorProfile.AGENT.shape(suspended);

        // Then
        assertThat(shaped.status()).isEqualTo(400);
        assertThat(shaped.type()).isEqualTo("invalid_request_error");
        assertThat(shaped.code()).isEqualTo("tenant_suspended");
        assertThat(ErrorProfile.STANDARD.shape(suspended)).isSameAs(suspended);
        assertThat(ErrorProfile.AGENT.shape(ApiError.unauthenticated()).status()).isEqualTo(401);
    }
}
