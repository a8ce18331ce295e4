package dev.pocketagent.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;

class UsageCommandTest extends CommandTestBase {

    @Test
    void shouldSumTheUsageOfAPeriod() {
        // Given
        fake.on("GET /api/v1/usage/summary?from=2026-10-01T00%3A00%3A00Z&to=2026-11-01T00%3A00%3A00Z", Answer.json(200,
                "{\"models\":[{\"model\":\"openai/x\",\"requests\":3,\"inputTokens\":10,\"outputTokens\":5,\"costMicros\":2500000}]}"));

        // When
        int exit = run("usage", "--summary", "--since", "2026-10-01", "--until", "2026-11-01");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).contains("openai/x").contains("$2.50");
        assertThat(run("usage", "--since", "2026-10-01")).isEqualTo(2);
    }
}
