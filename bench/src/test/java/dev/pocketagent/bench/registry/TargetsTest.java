package dev.pocketagent.bench.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.output.Json;

class TargetsTest {

    private static ObjectNode document(double p99, long failed, long created, long checked) {
        ObjectNode document = Json.object();
        document.putObject("warmKeys").put("perSecond", 500_000);
        ObjectNode figures = document.putObject("full").putObject("figures");
        figures.putObject("requests").putNull("not in this version").putObject("get by id").put("requests", 5000)
                .put("failed", failed).put("p50Millis", p99 / 4).put("p99Millis", p99);
        figures.putObject("create").put("perSecond", created);
        figures.putObject("auditChain").put("rowsPerSecond", checked);
        figures.putObject("auditAll").put("rowsPerSecond", checked);
        return document;
    }

    @Test
    void allIsMetWhenEachFigureIs() {
        // Given
        ObjectNode document = document(9.9, 0, 300, 200_000);

        // When
        boolean met = Targets.judge(document);

        // Then
        assertThat(met).isTrue();
        assertThat(document.path("targets")).hasSize(5).allMatch(target -> target.path("met").asBoolean());
    }

    @Test
    void aSlowOrFailedRequestOrALowRateMissesItsTarget() {
        assertThat(Targets.judge(document(10, 0, 300, 200_000))).isFalse();
        assertThat(Targets.judge(document(2, 1, 300, 200_000))).isFalse();
        assertThat(Targets.judge(document(2, 0, 299, 200_000))).isFalse();
        assertThat(Targets.judge(document(2, 0, 300, 199_999))).isFalse();
        assertThat(Targets.judge(Json.object())).isFalse();
    }

    @Test
    void growthSaysHowManyTimesSlowerEachThingIs() {
        // Given
        JsonNode small = document(2, 0, 600, 400_000).at("/full/figures");
        JsonNode full = document(5, 0, 300, 100_000).at("/full/figures");

        // When
        ObjectNode growth = Targets.growth(small, full);

        // Then
        assertThat(growth.at("/get by id/p99").asDouble()).isEqualTo(2.5);
        assertThat(growth.at("/create/each").asDouble()).isEqualTo(2.0);
        assertThat(growth.at("/auditAll/each").asDouble()).isEqualTo(4.0);
        assertThat(growth.has("not in this version")).isFalse();
    }
}
