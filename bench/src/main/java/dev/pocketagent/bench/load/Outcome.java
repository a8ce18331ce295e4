package dev.pocketagent.bench.load;

import java.util.Map;
import java.util.TreeMap;

import org.HdrHistogram.Histogram;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.output.Json;

/**
 * What came out of a load.
 *
 * @param micros how long requests took, in microseconds
 * @param lagMicros how late they were sent, in microseconds; empty for a closed loop
 * @param failures how often each thing went wrong
 * @param nanos how long it was measured
 * @param cpu what it cost the processes watched
 */
public record Outcome(Histogram micros, Histogram lagMicros, Map<String, Long> failures, long nanos, Cpu.Spent cpu) {

    public Outcome {
        failures = Map.copyOf(failures);
    }

    public long failed() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Good answers a second. */
    public double perSecond() {
        return (micros.getTotalCount() - failed()) * 1e9 / nanos;
    }

    public ObjectNode json() {
        long requests = micros.getTotalCount();
        ObjectNode node = Json.object().put("requests", requests).put("failed", failed())
                .put("perSecond", Numbers.rounded(perSecond(), 1)).put("p50Millis", millis(50))
                .put("p95Millis", millis(95))
                .put("p99Millis", millis(99)).put("maxMillis", Numbers.rounded(micros.getMaxValue() / 1e3, 3));
        if (lagMicros.getTotalCount() > 0) {
            node.put("sentLateP99Millis", Numbers.rounded(lagMicros.getValueAtPercentile(99) / 1e3, 3));
        }
        if (cpu.known() && requests > 0) {
            node.put("serviceCpuMillisEach", Numbers.rounded(cpu.serviceMillis() / (double) requests, 3))
                    .put("databaseCpuMillisEach", Numbers.rounded(cpu.databaseMillis() / (double) requests, 3));
        }
        if (!failures.isEmpty()) {
            ObjectNode each = node.putObject("failures");
            new TreeMap<>(failures).forEach(each::put);
        }
        return node;
    }

    private double millis(double percentile) {
        return Numbers.rounded(micros.getValueAtPercentile(percentile) / 1e3, 3);
    }
}
