package dev.pocketagent.kit.problem;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TraceTest {

    @Test
    void theCallersTraceGoesOnAndANewOneIsMadeWithoutIt() {
        assertThat(Trace.of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
                .isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
        for (String bad : new String[]{null, "", "x", "00-" + "0".repeat(32) + "-00f067aa0ba902b7-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "0".repeat(10_000)}) {
            assertThat(Trace.of(bad)).matches("[0-9a-f]{32}").isNotEqualTo(Trace.of(bad));
        }
    }
}
