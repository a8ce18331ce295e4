package dev.pocketagent.registry.reservation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.quota.Amounts;
import dev.pocketagent.registry.quota.Outcome;
import dev.pocketagent.registry.quota.Quotas;
import dev.pocketagent.registry.quota.ReservationMeters;
import dev.pocketagent.registry.tenant.Tenant;
import dev.pocketagent.registry.tenant.TenantProblem;
import dev.pocketagent.registry.tenant.TenantPurged;
import dev.pocketagent.registry.tenant.TenantState;

/**
 * The life of reservations. All changes of one tenant's reservations take its quota's lock first and so come one after the
 * other; what a step reads behind the lock holds until it commits.
 */
@ApplicationScoped
@Transactional(TxType.MANDATORY)
class Reservations {

    private final ReservationStore store;
    private final Quotas quotas;
    private final AuditLog audit;
    private final ReservationMeters meters;
    private final Clock clock;

    @Inject
    Reservations(ReservationStore store, Quotas quotas, AuditLog audit, ReservationMeters meters, Clock clock) {
        this.store = store;
        this.quotas = quotas;
        this.audit = audit;
        this.meters = meters;
        this.clock = clock;
    }

    /**
     * Reserves amounts of several resources, all or nothing.
     *
     * @param tenant read so that it stays in its state
     * @param replaces a confirmed reservation that this one shall take over from; only what is needed beyond it is held
     * @throws ProblemException 409 when the tenant is not active, the quota has not so much left, or the other one is not
     *     there to be replaced
     */
    Reservation reserve(Tenant tenant, String holder, Amounts amounts, Duration ttl, @Nullable UUID replaces,
            Actor actor) {
        if (tenant.state() != TenantState.ACTIVE) {
            throw new ProblemException(TenantProblem.TENANT_INACTIVE,
                    "The tenant is " + tenant.state().text()
                            + " and gets nothing new. Release and confirm still work.");
        }
        quotas.lock(tenant.id());
        Amounts held = replaces == null ? amounts : amounts.beyond(replaceable(tenant.id(), replaces).amounts());
        // One that needs no more than it replaces is a way back below the limits, so it is never refused.
        if (!held.none()) {
            Outcome outcome = quotas.reserve(tenant.id(), held);
            if (!(outcome instanceof Outcome.Granted)) {
                meters.refused();
            }
            outcome.orRefuse("/amounts/");
        }
        Instant now = now();
        Reservation made = new Reservation(Ids.next(clock), tenant.id(), holder, State.OPEN, amounts, replaces, now,
                actor.keyId(), now.plus(ttl), null, null, 0);
        store.insert(made);
        record(made, actor, "reservation.reserve");
        meters.happened(ReservationMeters.RESERVED);
        return made;
    }

    private Reservation replaceable(UUID tenantId, UUID replaces) {
        Reservation before = store.find(replaces).filter(found -> found.tenantId().equals(tenantId))
                .orElseThrow(() -> ProblemException.invalid("/replaces", "must be a reservation of this tenant"));
        if (before.state() == State.OPEN) {
            throw ProblemException.invalid("/replaces", "must be confirmed; release an open one instead");
        }
        if (before.state() != State.CONFIRMED) {
            throw new ProblemException(ReservationProblem.RESERVATION_ENDED,
                    "The reservation " + replaces + " is " + before.state().text() + " and cannot be replaced.");
        }
        store.replacementOf(replaces).ifPresent(other -> {
            throw new ProblemException(ReservationProblem.REPLACEMENT_OPEN, "The reservation " + other.id()
                    + " is about to replace it. Confirm or release that one first.");
        });
        return before;
    }

    /**
     * Makes what a reservation holds used, for good. A second time changes nothing.
     *
     * @throws ProblemException 404, or 409 when it has ended
     */
    Reservation confirm(UUID id, Actor actor) {
        Reservation found = locked(id);
        if (found.state() == State.CONFIRMED) {
            return found;
        }
        if (found.state() != State.OPEN) {
            throw new ProblemException(ReservationProblem.RESERVATION_ENDED, "The reservation is "
                    + found.state().text() + " since " + found.endedAt() + ". Reserve anew.");
        }
        Instant now = now();
        UUID replaces = found.replaces();
        // As long as one is open that replaces another, the other is confirmed: its release would end both.
        Optional<Reservation> before = replaces == null ? Optional.empty() : store.find(replaces);
        quotas.confirm(found.tenantId(), held(found), found.amounts(),
                before.map(Reservation::amounts).orElse(Amounts.NONE));
        if (before.isPresent()) {
            store.update(before.get().ended(State.REPLACED, now));
            record(before.get(), actor, "reservation.replace");
            meters.happened(ReservationMeters.REPLACED);
        }
        Reservation confirmed = found.confirmed(now);
        store.update(confirmed);
        record(confirmed, actor, "reservation.confirm");
        meters.happened(ReservationMeters.CONFIRMED);
        return confirmed;
    }

    /**
     * Gives back what a reservation holds or uses; the open one that was to take its place ends with it. What has ended
     * already stays as it is.
     *
     * @throws ProblemException 404, or 409 when another has taken its place and holds what it held
     */
    Reservation release(UUID id, Actor actor) {
        Reservation found = locked(id);
        if (found.state() == State.REPLACED) {
            throw new ProblemException(ReservationProblem.RESERVATION_ENDED,
                    "Another reservation of '" + found.holder() + "' has taken its place. Release that one.");
        }
        if (found.state() != State.OPEN && found.state() != State.CONFIRMED) {
            return found;
        }
        if (found.state() == State.CONFIRMED) {
            store.replacementOf(id).ifPresent(replacement -> end(replacement, actor));
        }
        return end(found, actor);
    }

    private Reservation end(Reservation found, Actor actor) {
        boolean used = found.state() == State.CONFIRMED;
        quotas.release(found.tenantId(), used ? found.amounts() : Amounts.NONE, used ? Amounts.NONE : held(found));
        Reservation released = found.ended(State.RELEASED, now());
        store.update(released);
        record(released, actor, "reservation.release");
        meters.happened(ReservationMeters.RELEASED);
        return released;
    }

    /** An erased tenant holds nothing. Late among the observers: keys are locked before the quota. */
    void purged(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) TenantPurged event) {
        quotas.lock(event.tenantId());
        store.deleteAll(event.tenantId());
    }

    /** Behind the lock of its tenant's quota, which also ends those that expired. */
    private Reservation locked(UUID id) {
        UUID tenantId = store.find(id).orElseThrow(() -> ProblemException.notFound("reservation", id)).tenantId();
        quotas.lock(tenantId);
        return store.find(id).orElseThrow(() -> ProblemException.notFound("reservation", id));
    }

    private Amounts held(Reservation open) {
        UUID replaces = open.replaces();
        return replaces == null
                ? open.amounts()
                : open.amounts().beyond(store.find(replaces).map(Reservation::amounts).orElse(Amounts.NONE));
    }

    private void record(Reservation row, Actor actor, String action) {
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("holder", row.holder());
        detail.put("amounts", row.amounts().named());
        if (row.replaces() != null) {
            detail.put("replaces", row.replaces().toString());
        }
        audit.append(row.tenantId(), actor, action, "reservation/" + row.id(), detail);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
