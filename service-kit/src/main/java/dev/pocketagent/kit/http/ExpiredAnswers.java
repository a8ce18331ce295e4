package dev.pocketagent.kit.http;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;

import dev.pocketagent.kit.Rounds;
import dev.pocketagent.kit.db.Schema;
import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Deletes the answers kept for {@link Idempotent} whose 24 hours are over, whether anybody calls or not: some of them hold
 * a key. Replicas share the work, since each leaves alone what another deletes just now.
 */
@ApplicationScoped
public class ExpiredAnswers {

    private static final Logger LOG = Logger.getLogger(ExpiredAnswers.class);
    private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
    private static final int AT_ONCE = 500;
    /** With {@link #AT_ONCE}: 10,000 a minute; what is left waits for the next look. */
    private static final int MOST_BATCHES = 20;

    private final AgroalDataSource database;
    private final Clock clock;
    private final Rounds rounds = new Rounds(LOG, "expired-answers", LOOK_EVERY,
            "Expired answers cannot be deleted now");

    @Inject
    ExpiredAnswers(AgroalDataSource database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    void start(@Observes Schema.Ready event) {
        rounds.start(this::delete);
    }

    void stop(@Observes ShutdownEvent event) {
        rounds.stop();
    }

    /**
     * Deletes what is over now, a batch in each transaction.
     *
     * @return how many answers that were
     */
    public int delete() throws SQLException {
        OffsetDateTime oldest = clock.instant().minus(IdempotencyInterceptor.KEPT).atOffset(ZoneOffset.UTC);
        int all = 0;
        int batch = AT_ONCE;
        for (int i = 0; i < MOST_BATCHES && batch == AT_ONCE && !rounds.stopping(); i++) {
            batch = deleteBatch(oldest);
            all += batch;
        }
        return all;
    }

    private int deleteBatch(OffsetDateTime oldest) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement delete = connection.prepareStatement("delete from idempotency_record where ctid = any"
                        + " (array(select ctid from idempotency_record where created_at < ? order by created_at limit "
                        + AT_ONCE + " for update skip locked))")) {
            delete.setObject(1, oldest);
            return delete.executeUpdate();
        }
    }
}
