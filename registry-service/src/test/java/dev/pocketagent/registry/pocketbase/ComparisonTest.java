package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComparisonTest {

    @ParameterizedTest
    @CsvSource({"a,a,a,a,SAME", "b,b,a,a,SAME", "b,b,,,SAME", ",a,a,a,SILENT", ",a,,,SILENT",
            "b,a,a,a,RECORD_CHANGED", "b,a,,a,RECORD_CHANGED", "a,b,a,a,TENANT_CHANGED", "b,c,a,a,BOTH_CHANGED",
            "a,b,,,BOTH_CHANGED", "a,b,a,,BOTH_CHANGED", "a,b,a,b,BOTH_CHANGED"})
    void whoChangedIsKnownFromWhatWasSeen(String record, String tenant, String seenRecord, String seenTenant,
            Comparison expected) {
        assertThat(Comparison.of(record, tenant, seenRecord, seenTenant)).isEqualTo(expected);
    }
}
