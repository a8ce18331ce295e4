package dev.pocketagent.kit.db;

import java.sql.Connection;
import java.time.Duration;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.secret.Canary;
import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;

/**
 * Brings the database to this version's schema, in the background and for as long as it takes, so that services start in
 * any order. Until then requests get 503. Several replicas may do it at once: Flyway takes a lock.
 */
@ApplicationScoped
public class Schema {

    /** Fired once, when the schema stands and secrets can be opened. */
    public record Ready() {}

    private static final Logger LOG = Logger.getLogger(Schema.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /** sysexits EX_CONFIG: a person has to change something, so a supervisor need not try again. */
    private static final int EXIT_CONFIG = 78;

    private final Flyway flyway;
    private final AgroalDataSource database;
    private final Canary canary;
    private final Event<Ready> readyEvent;
    private volatile boolean ready;
    private volatile boolean stopping;

    @Inject
    Schema(Flyway flyway, AgroalDataSource database, Canary canary, Event<Ready> readyEvent) {
        this.flyway = flyway;
        this.database = database;
        this.canary = canary;
        this.readyEvent = readyEvent;
    }

    /** Whether the schema stands. */
    public boolean ready() {
        return ready;
    }

    void start(@Observes StartupEvent event) {
        Thread.ofVirtual().name("schema").start(this::migrate);
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
    }

    @ServerRequestFilter
    void refuseUntilReady() {
        if (!ready) {
            throw ProblemException.unavailable("This service is starting: its database is not ready yet.",
                    Duration.ofSeconds(2));
        }
    }

    private void migrate() {
        Duration pause = FIRST_PAUSE;
        while (!stopping) {
            try {
                try (Connection connection = database.getConnection()) {
                    canary.checkBeforeMigration(connection);
                }
                flyway.migrate();
                try (Connection connection = database.getConnection()) {
                    canary.plant(connection);
                }
                ready = true;
                readyEvent.fire(new Ready());
                return;
            } catch (Canary.WrongKeyException e) {
                LOG.fatal(e.getMessage());
                Quarkus.asyncExit(EXIT_CONFIG);
                return;
            } catch (Exception e) {
                LOG.warnf("The database is not ready, trying again in %d ms: %s", pause.toMillis(), e.getMessage());
                pause(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
