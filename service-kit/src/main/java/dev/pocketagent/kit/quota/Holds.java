package dev.pocketagent.kit.quota;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.registry.RegistryRefusal;

/**
 * How a service takes part in quotas. Before the transaction that makes a thing or has it take more: {@link #reserve}. In it:
 * {@link Reserved#keep}. In the one that ends the thing: {@link #gone}. The {@link Settler} does the rest, whatever crashes.
 */
@ApplicationScoped
public class Holds {

    private static final Logger LOG = Logger.getLogger(Holds.class);
    /** Longer than any transaction that keeps it and the settler's first look; what is left behind blocks no longer. */
    static final Duration TTL = Duration.ofMinutes(2);
    private static final Duration AWAY_PAUSE = Duration.ofSeconds(2);
    private static final Duration BUSY_PAUSE = Duration.ofSeconds(5);
    /** Another request may be changing the same thing: how often its end is waited for, and how long each time. */
    private static final int MOST_ATTEMPTS = 6;
    private static final Duration ATTEMPT_PAUSE = Duration.ofMillis(150);
    private static final String POINTER = "/amounts";

    /**
     * Fired in the transaction that changes what is wanted.
     *
     * @param reserved what it has kept
     * @param superseded an open reservation that nobody will confirm any more
     */
    record Changed(@Nullable Reserved reserved, @Nullable UUID superseded) {}

    private final Reservations registry;
    private final HoldStore store;
    private final Settler settler;
    private final RowScope rows;
    private final Event<Changed> changes;

    @Inject
    Holds(Reservations registry, HoldStore store, Settler settler, RowScope rows, Event<Changed> changes) {
        this.registry = registry;
        this.store = store;
        this.settler = settler;
        this.rows = rows;
        this.changes = changes;
    }

    /**
     * Reserves what a thing needs beyond what it has. Asks the registry only when it needs more of anything; one that is away
     * lets nothing grow. The answer holds a refusal, too: who finds in his transaction that nothing is needed after all, or
     * that the request was answered before, need not care. Waits for the registry: call it outside of transactions.
     *
     * @param holder name of the thing, as {@link Holders#holder} makes it
     * @param amounts all that it takes, not only what is new
     */
    @Transactional(TxType.NEVER)
    public Reserved reserve(UUID tenantId, String holder, Amounts amounts) {
        try {
            for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
                Optional<Hold> hold = settled(tenantId, holder, amounts);
                if (hold.filter(known -> known.covers(amounts)).isPresent()) {
                    return new Reserved(this, tenantId, holder, amounts, null, null, null);
                }
                UUID replaces = hold.map(Hold::confirmed).map(Hold.Confirmed::id).orElse(null);
                try {
                    UUID made = registry.reserve(tenantId, holder, amounts, TTL, replaces,
                            "request/" + UUID.randomUUID());
                    return new Reserved(this, tenantId, holder, amounts, made, replaces, null);
                } catch (RegistryRefusal e) {
                    if (e.code().equals("replacement_open")) {
                        Thread.sleep(ATTEMPT_PAUSE);
                    } else if (hold.isPresent() && replaces != null && Settler.isWithoutReplaced(e)) {
                        Hold seen = hold.get();
                        rows.inTenant(tenantId, () -> store.lost(seen));
                    } else {
                        return refused(tenantId, holder, amounts, problem(tenantId, e));
                    }
                }
            }
            return refused(tenantId, holder, amounts, new ProblemException(CommonProblem.CONFLICT,
                    "Another change of the same thing is under way. Try again when it is through.", List.of(),
                    BUSY_PAUSE));
        } catch (Reservations.AwayException e) {
            LOG.debugf("Nothing is reserved for %s: %s", holder, e.getMessage());
            return refused(tenantId, holder, amounts, away());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refused(tenantId, holder, amounts, away());
        }
    }

    /** The hold, brought to rest first if something new has to be reserved: only a confirmed reservation can be replaced. */
    private Optional<Hold> settled(UUID tenantId, String holder, Amounts amounts) throws Reservations.AwayException {
        Optional<Hold> hold = rows.inTenant(tenantId, () -> store.find(holder));
        if (hold.isEmpty() || hold.get().covers(amounts) || hold.get().atRest()) {
            return hold;
        }
        settler.settle(holder);
        return rows.inTenant(tenantId, () -> store.find(holder));
    }

    private Reserved refused(UUID tenantId, String holder, Amounts amounts, ProblemException why) {
        return new Reserved(this, tenantId, holder, amounts, null, null, why);
    }

    private static ProblemException away() {
        return ProblemException.unavailable("The registry, which keeps the tenant's quota, is away.", AWAY_PAUSE);
    }

    private static ProblemException problem(UUID tenantId, RegistryRefusal refusal) {
        return switch (refusal.code()) {
            case "quota_exceeded" -> new ProblemException(QuotaProblem.QUOTA_EXCEEDED, figures(refusal)
                    + ". That counts all that the tenant has. Ask for less, delete something, or move to a larger plan.",
                    pointers(refusal));
            case "over_quota" -> new ProblemException(QuotaProblem.OVER_QUOTA, figures(refusal)
                    + ". The tenant gets nothing new until it fits: delete something, or move to a larger plan.",
                    pointers(refusal));
            case "tenant_inactive" -> new ProblemException(CommonProblem.TENANT_SUSPENDED, refusal.detail());
            case "not_found" -> ProblemException.notFound("tenant", tenantId);
            default -> {
                LOG.errorf("The registry takes our reservation for wrong: %s", refusal.getMessage());
                yield away();
            }
        };
    }

    private static String figures(RegistryRefusal refusal) {
        return refusal.errors().stream().map(error -> name(error) + " " + error.detail())
                .collect(Collectors.joining("; "));
    }

    private static List<InputError> pointers(RegistryRefusal refusal) {
        return refusal.errors().stream().map(error -> new InputError("/" + name(error), error.detail())).toList();
    }

    private static String name(InputError error) {
        return error.pointer().replaceFirst("^" + POINTER + "/", "");
    }

    /** Writes down that a thing is gone and gives its part back, in the caller's transaction and behind it. */
    @Transactional(TxType.MANDATORY)
    public void gone(String holder) {
        if (store.gone(holder)) {
            changes.fire(new Changed(null, null));
        }
    }

    /** Forgets all of an erased tenant, in the caller's transaction: the registry has forgotten it, too. */
    @Transactional(TxType.MANDATORY)
    public void forget(UUID tenantId) {
        store.forget(tenantId);
    }

    @Transactional(TxType.MANDATORY)
    void keep(Reserved reserved) {
        Optional<Hold> now = store.lock(reserved.holder());
        UUID made = reserved.reservation();
        UUID replaced = now.map(Hold::confirmed).map(Hold.Confirmed::id).orElse(null);
        boolean isUpToDate = made == null
                ? now.filter(hold -> hold.covers(reserved.amounts())).isPresent()
                : Objects.equals(replaced, reserved.replaces());
        if (!isUpToDate) {
            throw new Reserved.OutdatedException();
        }
        UUID superseded = made == null ? null : now.map(Hold::openId).orElse(null);
        store.want(reserved.holder(), reserved.tenantId(), reserved.amounts(), made);
        changes.fire(new Changed(reserved, superseded));
    }

    void committed(@Observes(during = TransactionPhase.AFTER_SUCCESS) Changed event) {
        Reserved reserved = event.reserved();
        if (reserved != null) {
            reserved.committed();
        }
        UUID superseded = event.superseded();
        if (superseded != null) {
            giveBack(superseded);
        }
        settler.soon();
    }

    /** At once and aside, as far as the registry can be asked; else the reservation ends by itself. */
    void giveBack(UUID reservation) {
        Thread.ofVirtual().name("quota-give-back").start(() -> {
            try {
                registry.release(reservation);
            } catch (Reservations.AwayException | RuntimeException e) {
                LOG.debugf("Reservation %s is left to its end: %s", reservation, e.getMessage());
            }
        });
    }
}
