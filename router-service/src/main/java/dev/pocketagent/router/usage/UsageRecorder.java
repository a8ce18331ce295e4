package dev.pocketagent.router.usage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.function.ToDoubleFunction;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import dev.pocketagent.kit.db.Schema;
import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;

/** The pipeline as part of the service: started with it, drained when it stops, measured. */
@Singleton
public class UsageRecorder {

    private static final long SEGMENT_BYTES = 4 * 1024 * 1024;
    private static final long DRAIN_MILLIS = 5_000;

    private final UsagePipeline pipeline;

    @Inject
    UsageRecorder(UsageConfig config, AgroalDataSource database, Schema schema, MeterRegistry registry) {
        try {
            pipeline = new UsagePipeline(UsageJournal.open(config.journalDir(), SEGMENT_BYTES),
                    new JdbcUsageStore(database, schema::ready), config.flushInterval().toMillis(), config.flushRows(),
                    config.maxQueued());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "pocket.router.usage.journal-dir: " + config.journalDir() + " can not be written", e);
        }
        counter(registry, "pocket_router_usage_rows_stored", "Usage rows this instance added to the database",
                UsagePipeline::storedRows);
        counter(registry, "pocket_router_usage_rows_replayed",
                "Usage rows read back from files; some were stored before",
                UsagePipeline::replayedRows);
        counter(registry, "pocket_router_usage_rows_rejected", "Usage rows the database refused for good",
                UsagePipeline::rejectedRows);
        counter(registry, "pocket_router_usage_journal_failures", "Blocks that could not be written to a file",
                UsagePipeline::journalFailures);
        Gauge.builder("pocket_router_usage_queued", pipeline, UsagePipeline::queuedRows)
                .description("Usage rows that are in memory only").register(registry);
        Gauge.builder("pocket_router_usage_waiting", pipeline, UsagePipeline::waitingRows)
                .description("Journaled usage rows waiting for the database, in memory").register(registry);
        Gauge.builder("pocket_router_usage_files", pipeline, UsagePipeline::files)
                .description("Files with usage rows that the database may not have").register(registry);
    }

    private void counter(MeterRegistry registry, String name, String description,
            ToDoubleFunction<UsagePipeline> value) {
        FunctionCounter.builder(name, pipeline, value).description(description).register(registry);
    }

    void start(@Observes StartupEvent event) throws IOException {
        pipeline.start();
    }

    void stop(@Observes ShutdownEvent event) throws IOException {
        pipeline.close(DRAIN_MILLIS);
    }

    /** Takes a row; never blocks, any thread. */
    public void add(UsageRow row) {
        pipeline.add(row);
    }

    /** Deletes the rows of an erased tenant that the database had refused. Those that come later are dropped there. */
    void forget(UUID tenant) {
        try {
            pipeline.forget(tenant);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether so much waits in memory that no further request should be accepted. */
    public boolean overloaded() {
        return pipeline.overloaded();
    }
}
