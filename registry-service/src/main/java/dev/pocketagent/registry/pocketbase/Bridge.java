package dev.pocketagent.registry.pocketbase;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.event.Published;
import dev.pocketagent.registry.pocketbase.Report.Line;
import dev.pocketagent.registry.tenant.TenantPurged;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Runs the bridge: every interval, by hand, and within seconds for single tenants that changed here. Replicas take turns
 * through the database, so it does not matter how many there are. PocketBase being away stops nothing else.
 */
@ApplicationScoped
class Bridge {

    private static final Logger LOG = Logger.getLogger(Bridge.class);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(5);
    /** Changes that come one after the other are written together. */
    private static final Duration GATHER = Duration.ofMillis(500);
    /** More than these are quicker done by a whole run. */
    private static final int MOST_SINGLE_TENANTS = 100;
    private static final Duration PATIENCE_AT_STOP = Duration.ofSeconds(5);
    private static final String STOPPED = "The service stopped in the middle of the run; the next one goes on";

    private final PocketBaseConfig config;
    private final Links links;
    private final TenantSide tenants;
    private final Turn turn;
    private final Runs runs;
    private final BridgeMetrics metrics;
    private final RowScope rows;
    private final ObjectMapper json;
    private final Clock clock;
    private final Set<UUID> changed = ConcurrentHashMap.newKeySet();
    private final Semaphore news = new Semaphore(0);
    /** PocketBase asked for no calls before this. */
    private volatile Instant restsUntil = Instant.MIN;
    private volatile boolean stopping;
    private volatile @Nullable Thread loop;
    private volatile @Nullable Thread runner;
    private volatile @Nullable PocketBaseClient client;
    private volatile Report.@Nullable Failure lastFailure;
    private volatile @Nullable Report logged;

    @Inject
    Bridge(PocketBaseConfig config, Links links, TenantSide tenants, Turn turn, Runs runs, BridgeMetrics metrics,
            RowScope rows, ObjectMapper json, Clock clock) {
        this.config = config;
        this.links = links;
        this.tenants = tenants;
        this.turn = turn;
        this.runs = runs;
        this.metrics = metrics;
        this.rows = rows;
        this.json = json;
        this.clock = clock;
    }

    boolean isOn() {
        return config.url().isPresent();
    }

    private boolean followsInterval() {
        return isOn() && config.interval().isPositive();
    }

    void start(@Observes Schema.Ready event) {
        if (isOn()) {
            loop = Thread.ofVirtual().name("pocketbase").start(this::begin);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        news.release();
        // Ends the call that may be open; an interrupt could hit a database connection instead.
        PocketBaseClient open = client;
        if (open != null) {
            open.close();
        }
        Thread running = loop;
        if (running != null) {
            try {
                running.join(PATIENCE_AT_STOP);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void changed(@Observes(during = TransactionPhase.AFTER_SUCCESS) Published event) {
        UUID tenantId = event.tenantId();
        if (tenantId != null && event.type().startsWith("tenant.") && followsInterval() && !config.dryRun()
                && Thread.currentThread() != runner) {
            changed.add(tenantId);
            news.release();
        }
    }

    void purged(@Observes TenantPurged event) {
        links.erase(event.tenantId());
        runs.forget(event.tenantId());
    }

    /**
     * Runs now, whether a run is due or not.
     *
     * @return empty when another run goes on
     */
    Optional<Report> runByHand(boolean dryRun) {
        return run(Report.BY_HAND, dryRun, false);
    }

    private void begin() {
        try {
            refreshMetrics();
        } catch (RuntimeException e) {
            LOG.warnf("What the last PocketBase run found is not known yet: %s", e.getMessage());
        }
        if (followsInterval()) {
            loop();
        }
    }

    /** What other replicas found counts for this one, too. */
    private void refreshMetrics() {
        Report news = rows.inAllTenants(() -> runs.lastThatCountsUnless(metrics.newestRun()));
        Instant lastSuccessAt = turn.state().lastSuccessAt();
        if (news == null) {
            metrics.lastSuccess(lastSuccessAt);
        } else {
            metrics.seen(news, lastSuccessAt);
        }
    }

    private void loop() {
        long poll = Math.min(config.interval().toMillis(), LONGEST_POLL.toMillis());
        while (!stopping) {
            try {
                work();
                if (news.tryAcquire(poll, TimeUnit.MILLISECONDS) && !stopping) {
                    Thread.sleep(GATHER);
                }
                news.drainPermits();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void work() {
        try {
            if (run(Report.BY_INTERVAL, config.dryRun(), true).isEmpty()) {
                runForChanged();
                refreshMetrics();
            }
        } catch (RuntimeException e) {
            LOG.warnf("The PocketBase bridge pauses: %s", e.getMessage());
        }
    }

    private Optional<Report> run(String trigger, boolean dryRun, boolean onlyWhenDue) {
        UUID holder = Ids.next(clock);
        if (!turn.take(holder, onlyWhenDue)) {
            return Optional.empty();
        }
        // Somebody looks: nothing is put off, nor taken for done, because of that.
        boolean onlyLooks = dryRun && !onlyWhenDue;
        Tally tally = new Tally(holder, trigger, dryRun, clock.instant());
        // What changed before now is part of what this run reads.
        Set<UUID> covered = Set.copyOf(changed);
        Duration asked = Duration.ZERO;
        try {
            asked = guarded(holder, tally, sync -> sync.all(tally, dryRun));
            Report report = kept(tally.report(clock.instant()));
            if (!tally.failed() && !onlyLooks) {
                changed.removeAll(covered);
            }
            metrics.ran(report);
            lastFailure = report.error();
            log(report);
            return Optional.of(report);
        } finally {
            if (onlyLooks) {
                giveBack(holder, asked);
            } else {
                turn.giveBack(holder, config.interval().isPositive()
                        ? clock.instant().plus(longer(config.interval(), asked))
                        : null, !tally.failed());
            }
        }
    }

    private void giveBack(UUID holder, Duration asked) {
        if (asked.isPositive()) {
            turn.giveBackUntil(holder, clock.instant().plus(asked));
        } else {
            turn.giveBack(holder, null, false);
        }
    }

    /** Keeps a report, without what it says about tenants erased during the run. */
    private Report kept(Report report) {
        return rows.inAllTenants(() -> {
            Report kept = report.without(links.erasedOf(report.ofTenants()));
            runs.add(kept);
            return kept;
        });
    }

    /** Tells the records of tenants that changed here, without waiting for the next whole run. */
    private void runForChanged() {
        Set<UUID> batch = Set.copyOf(changed);
        if (batch.isEmpty() || clock.instant().isBefore(restsUntil)) {
            return;
        }
        if (batch.size() > MOST_SINGLE_TENANTS) {
            turn.hurry();
            news.release();
            return;
        }
        UUID holder = Ids.next(clock);
        if (!turn.take(holder, false)) {
            return;
        }
        Tally tally = new Tally(holder, Report.BY_INTERVAL, false, clock.instant());
        Duration asked = Duration.ZERO;
        try {
            changed.removeAll(batch);
            asked = guarded(holder, tally, sync -> sync.some(batch, tally));
            if (asked.isPositive()) {
                changed.addAll(batch);
            }
            if (tally.failed() || tally.count(Tally.Kind.FAILED) > 0) {
                LOG.infof("%d tenants that changed here are left to the next PocketBase run", batch.size());
            }
        } finally {
            giveBack(holder, asked);
        }
    }

    private interface Work {
        void with(Sync sync) throws PocketBaseException, InterruptedException;
    }

    /**
     * Does the work while it is our turn; what goes wrong is in the tally.
     *
     * @return how long PocketBase asked us to wait; zero when it did not
     */
    private Duration guarded(UUID holder, Tally tally, Work work) {
        runner = Thread.currentThread();
        Heartbeat heartbeat = new Heartbeat(turn, holder);
        try {
            Settings settings = Settings.of(config);
            work.with(new Sync(settings, client(settings), links, tenants, rows,
                    () -> !stopping && turn.holds(holder)));
        } catch (PocketBaseException e) {
            tally.fail(stopping ? Trouble.INTERNAL : e.trouble(), stopping ? STOPPED : e.getMessage());
            if (e.trouble() == Trouble.TLS_REFUSED) {
                // The file with certificates may be put right meanwhile.
                forgetClient();
            }
            Duration asked = e.retryAfter();
            if (asked == null) {
                return Duration.ZERO;
            }
            restsUntil = clock.instant().plus(asked);
            return asked;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            tally.fail(Trouble.INTERNAL, "The run was interrupted");
        } catch (RuntimeException e) {
            if (!stopping) {
                LOG.error("The PocketBase run failed unexpectedly", e);
            }
            tally.fail(Trouble.INTERNAL,
                    stopping ? STOPPED : "Something went wrong on our side; the log says what");
        } finally {
            heartbeat.end();
            runner = null;
        }
        return Duration.ZERO;
    }

    private synchronized PocketBaseClient client(Settings settings) throws PocketBaseException {
        PocketBaseClient known = client;
        if (known == null) {
            known = new PocketBaseClient(settings, json, clock, Thread::sleep);
            client = known;
        }
        return known;
    }

    private synchronized void forgetClient() {
        PocketBaseClient known = client;
        client = null;
        if (known != null) {
            known.close();
        }
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** A failure each time, all else when it is news. */
    private void log(Report report) {
        Report before = logged;
        logged = report;
        Report.Failure failure = report.error();
        Report.Counts counts = report.counts();
        boolean isNews = before == null || !counts.equals(before.counts())
                || report.lines().stream().anyMatch(Line::done);
        if (failure != null) {
            LOG.errorf("The PocketBase run failed, nothing more was changed (%s): %s", failure.code(),
                    failure.detail());
        } else if (counts.failed() > 0) {
            LOG.warnf("The PocketBase run could not do everything: %s", counts);
        } else {
            LOG.logf(isNews ? Logger.Level.INFO : Logger.Level.DEBUG, "The PocketBase run%s came to its end: %s",
                    report.dryRun() ? " (dry)" : "", counts);
        }
        if (before == null || !report.warnings().equals(before.warnings())) {
            report.warnings().forEach(warning -> LOG.warn(warning));
        }
    }

    /** Why this process's last run failed; null when it did not. */
    Report.@Nullable Failure lastFailure() {
        return lastFailure;
    }

    /** What the API shows. */
    Status status() {
        if (!isOn()) {
            return Status.OFF;
        }
        Turn.State state = turn.state();
        Report last = rows.inAllTenants(runs::last);
        Report whole = last == null || last.error() == null ? last : rows.inAllTenants(runs::lastWhole);
        Instant next = followsInterval() ? state.nextRun() : null;
        return Status.of(config, state, next, last, whole);
    }

    /** The newest report; null when there is none. */
    @Nullable
    Report lastReport() {
        return rows.inAllTenants(runs::last);
    }
}
