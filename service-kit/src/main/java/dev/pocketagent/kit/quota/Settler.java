package dev.pocketagent.kit.quota;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;

import dev.pocketagent.kit.Rounds;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.registry.RegistryRefusal;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Has the registry hold what the rows say. It looks at what is wanted now and what is held now, never at what happened: so it
 * does not matter how often, how late or after which crash it runs, nor how many replicas do. No connection is held while the
 * registry is asked.
 */
@ApplicationScoped
public class Settler {

    private static final Logger LOG = Logger.getLogger(Settler.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    /** How long a replica that took a row has it for itself: longer than its calls take. */
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration CHECK_EVERY = Duration.ofHours(1);
    private static final int CHECKS_A_ROUND = 10;
    private static final Duration AWAY_FIRST = Duration.ofSeconds(1);
    private static final Duration AWAY_LONGEST = Duration.ofSeconds(30);
    private static final Duration REFUSED_FIRST = Duration.ofSeconds(10);
    private static final Duration REFUSED_LONGEST = Duration.ofMinutes(10);
    private static final Duration BUSY_PAUSE = Duration.ofSeconds(1);
    /** Each step changes what the next one sees; others may change it, too, but not for ever. */
    private static final int MOST_STEPS = 10;
    /** What was confirmed a moment ago may not be written down yet. */
    private static final Duration NOT_YET_STRANGE = Duration.ofMinutes(5);

    private final Reservations registry;
    private final HoldStore store;
    private final Adoption adoption;
    private final List<Holders> holders;
    private final RowScope rows;
    private final Clock clock;
    private final HoldMeters meters;
    private final Rounds rounds = new Rounds(LOG, "quota-holds", LOOK_EVERY, "Parts of quotas are not settled now");
    private volatile Instant nextAdoption = Instant.MIN;

    @Inject
    Settler(Reservations registry, HoldStore store, Adoption adoption, @All List<Holders> holders, RowScope rows,
            Clock clock, MeterRegistry meters) {
        this.registry = registry;
        this.store = store;
        this.adoption = adoption;
        this.holders = holders;
        this.rows = rows;
        this.clock = clock;
        this.meters = new HoldMeters(holders.isEmpty() ? new CompositeMeterRegistry() : meters);
    }

    void start(@Observes Schema.Ready event) {
        if (!holders.isEmpty()) {
            rounds.start(this::round);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        rounds.stop();
    }

    /** Has the next round follow at once. */
    void soon() {
        rounds.soon();
    }

    private void round() {
        Instant now = clock.instant();
        if (!now.isBefore(nextAdoption)) {
            adopt();
            nextAdoption = now.plus(CHECK_EVERY);
        }
        if (settleDue()) {
            check(now.minus(CHECK_EVERY));
        }
        meters.unsettled(rows.inAllTenants(store::unsettled));
    }

    /** Finds things without a hold, and holds without a thing; what it finds is due then. */
    public void adopt() {
        adoption.adopt();
    }

    /**
     * Settles all that is due, one after the other.
     *
     * @return whether the registry could be asked
     */
    public boolean settleDue() {
        Optional<String> due = rows.inAllTenants(() -> store.claim(LEASE));
        while (due.isPresent() && !rounds.stopping()) {
            if (!settleOne(due.get())) {
                return false;
            }
            due = rows.inAllTenants(() -> store.claim(LEASE));
        }
        return true;
    }

    /**
     * Settles one. That it fails holds up no other, unless the registry is away, which all would meet.
     *
     * @return whether the registry could be asked
     */
    public boolean settleOne(String holder) {
        try {
            settle(holder);
            return true;
        } catch (Reservations.AwayException e) {
            LOG.debugf("%s is not settled now: %s", holder, e.getMessage());
            postpone(holder, AWAY_FIRST, AWAY_LONGEST, "away: " + e.getMessage());
            return false;
        } catch (RuntimeException e) {
            LOG.warnf("%s cannot be settled now, trying on: %s", holder, e.getMessage());
            postpone(holder, AWAY_FIRST, AWAY_LONGEST, "failed: " + e.getMessage());
            return true;
        }
    }

    private void postpone(String holder, Duration first, Duration longest, String trouble) {
        rows.inAllTenants(() -> store.find(holder)
                .map(hold -> store.postpone(hold, pause(hold.tries(), first, longest), trouble)));
    }

    private static Duration pause(int tries, Duration first, Duration longest) {
        Duration pause = first.multipliedBy(1L << Math.min(tries, 10));
        return pause.compareTo(longest) > 0 ? longest : pause;
    }

    /** Goes from step to step until there is nothing left to do for this holder now. */
    void settle(String holder) throws Reservations.AwayException {
        for (int step = 0; step < MOST_STEPS; step++) {
            Optional<Hold> found = rows.inAllTenants(() -> store.find(holder));
            if (found.isEmpty() || step(found.get())) {
                return;
            }
        }
        postpone(holder, BUSY_PAUSE, AWAY_LONGEST, "busy: others change it all the time");
    }

    /** Does what is to be done next; true when that was the last of it for now. */
    private boolean step(Hold hold) throws Reservations.AwayException {
        return switch (hold.next()) {
            case Hold.Step.GiveBack() -> {
                giveBack(hold);
                boolean removed = rows.inAllTenants(() -> store.remove(hold));
                if (removed) {
                    meters.count(HoldMeters.RELEASED);
                }
                yield removed;
            }
            case Hold.Step.Confirm(UUID open) -> {
                confirm(hold, open);
                yield false;
            }
            case Hold.Step.Take take -> take(hold, take);
            case Hold.Step.Rest() -> rows.inAllTenants(() -> store.settled(hold));
        };
    }

    /**
     * All that the registry has under this name, not only what is written down here: a crash between confirming and writing
     * leaves one that nobody knows. The thing never comes back, so nobody else needs any of it.
     */
    private void giveBack(Hold hold) throws Reservations.AwayException {
        for (String state : List.of("open", "confirmed")) {
            for (Reservations.Listed held : registry.of(hold.tenantId(), hold.holder(), state)) {
                registry.release(held.id());
            }
        }
    }

    private void confirm(Hold hold, UUID open) throws Reservations.AwayException {
        Optional<Hold.Confirmed> confirmed = registry.confirm(open);
        if (confirmed.isEmpty()) {
            rows.inAllTenants(() -> store.openEnded(hold, open));
        } else if (rows.inAllTenants(() -> store.openConfirmed(hold, confirmed.get()))) {
            meters.count(HoldMeters.CONFIRMED);
        } else {
            giveBackUnlessWritten(hold, open);
        }
    }

    private boolean take(Hold hold, Hold.Step.Take take) throws Reservations.AwayException {
        UUID made;
        try {
            made = registry.reserve(hold.tenantId(), hold.holder(), take.amounts(), Holds.TTL, take.replaces(),
                    take.key());
        } catch (RegistryRefusal e) {
            return refused(hold, e);
        }
        Optional<Hold.Confirmed> confirmed = registry.confirm(made);
        if (confirmed.isEmpty()) {
            // An answer from before that is repeated: it was never confirmed in time.
            rows.inAllTenants(() -> store.renew(hold));
        } else if (rows.inAllTenants(() -> store.confirmed(hold, confirmed.get()))) {
            meters.count(HoldMeters.TAKEN);
        } else {
            giveBackUnlessWritten(hold, made);
        }
        return false;
    }

    /** The row was changed meanwhile: another replica has written the same down, or nobody will. */
    private void giveBackUnlessWritten(Hold hold, UUID confirmed) throws Reservations.AwayException {
        boolean written = rows.inAllTenants(() -> store.find(hold.holder())).map(Hold::confirmed)
                .map(Hold.Confirmed::id).filter(confirmed::equals).isPresent();
        if (!written) {
            registry.release(confirmed);
        }
    }

    /** Whether that is the end of it for now. */
    private boolean refused(Hold hold, RegistryRefusal refusal) {
        if (hold.confirmed() != null && isWithoutReplaced(refusal)) {
            meters.count(HoldMeters.LOST);
            rows.inAllTenants(() -> store.lost(hold));
            return false;
        }
        return switch (refusal.code()) {
            case "idempotency_mismatch" -> {
                rows.inAllTenants(() -> store.renew(hold));
                yield false;
            }
            case "idempotency_in_progress", "replacement_open" -> {
                postpone(hold.holder(), BUSY_PAUSE, AWAY_LONGEST, refusal.code());
                yield true;
            }
            default -> {
                meters.count(HoldMeters.REFUSED);
                String trouble = hold.trouble();
                // Once: the next tries change nothing that anybody could act on.
                if (trouble == null || !trouble.startsWith(refusal.code())) {
                    LOG.warnf("The registry does not hold %s of %s for tenant %s, which goes on as it is: %s",
                            hold.wanted(), hold.holder(), hold.tenantId(), refusal.getMessage());
                }
                postpone(hold.holder(), REFUSED_FIRST, REFUSED_LONGEST, refusal.code() + ": " + refusal.detail());
                yield true;
            }
        };
    }

    /** Whether the reservation to be replaced is not there any more, so that it has to go without. */
    static boolean isWithoutReplaced(RegistryRefusal refusal) {
        return refusal.code().equals("reservation_ended")
                || refusal.errors().stream().map(InputError::pointer).anyMatch("/replaces"::equals);
    }

    /**
     * Asks the registry whether it still holds what was confirmed: it may have been restored from an older dump, or somebody
     * has released a reservation by hand. A few at a time; what is gone is taken anew by the next round, and a confirmed
     * reservation of the same thing that is not known here is given back.
     *
     * @param then holds that were checked after that are left alone
     */
    public void check(Instant then) {
        for (Hold hold : rows.inAllTenants(() -> store.uncheckedSince(then, CHECKS_A_ROUND))) {
            if (rounds.stopping()) {
                return;
            }
            try {
                check(hold);
            } catch (Reservations.AwayException e) {
                LOG.debugf("Holds are not checked now: %s", e.getMessage());
                return;
            }
        }
    }

    private void check(Hold hold) throws Reservations.AwayException {
        Hold.Confirmed confirmed = hold.confirmed();
        if (confirmed == null) {
            return;
        }
        List<Reservations.Listed> held = registry.of(hold.tenantId(), hold.holder(), "confirmed");
        if (held.stream().noneMatch(one -> one.id().equals(confirmed.id()))) {
            if (rows.inAllTenants(() -> store.lost(hold))) {
                meters.count(HoldMeters.LOST);
                LOG.warnf("The registry does not hold %s any more, it is taken anew", hold.holder());
                rounds.soon();
            }
        } else if (rows.inAllTenants(() -> store.checked(hold))) {
            Instant known = clock.instant().minus(NOT_YET_STRANGE);
            for (Reservations.Listed one : held) {
                if (!one.id().equals(confirmed.id()) && one.confirmedAt().isBefore(known)) {
                    registry.release(one.id());
                }
            }
        }
    }
}
