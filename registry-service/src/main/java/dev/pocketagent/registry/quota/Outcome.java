package dev.pocketagent.registry.quota;

import java.util.List;

import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.quota.QuotaProblem;

/** What comes of asking for part of a quota. */
public sealed interface Outcome {

    /** It is granted, and counted in this transaction. */
    record Granted() implements Outcome {}

    /**
     * There is not enough left.
     *
     * @param quota the figures at that moment; nothing was changed
     */
    record Exceeded(Quota quota, Amounts asked) implements Outcome {}

    /**
     * More is held than allowed already, so nothing new is given, of whatever resource.
     *
     * @param quota the figures at that moment; nothing was changed
     */
    record OverQuota(Quota quota) implements Outcome {}

    /**
     * Ends a request when it was not granted.
     *
     * @param pointer where the amounts are in the request, before the resource's name; for example {@code /amounts/}
     * @throws ProblemException 409 with code {@code quota_exceeded} or {@code over_quota}, and the figures
     */
    default void orRefuse(String pointer) {
        switch (this) {
            case Granted() -> {
                // nothing to refuse
            }
            case Exceeded(Quota quota, Amounts asked) -> {
                List<InputError> errors = quota.lacking(asked).stream().map(resource -> new InputError(
                        pointer + resource.text(), "asks for " + asked.of(resource) + ", available are "
                                + quota.available(resource) + ": " + figures(quota, resource)))
                        .toList();
                throw new ProblemException(QuotaProblem.QUOTA_EXCEEDED, "Not enough is left of " + String.join(", ",
                        quota.lacking(asked).stream().map(Resource::text).toList())
                        + ". Ask for less, release something, or move the tenant to a larger plan.", errors);
            }
            case OverQuota(Quota quota) -> {
                List<InputError> errors = quota.over().stream()
                        .map(resource -> new InputError(pointer + resource.text(), "is over: "
                                + figures(quota, resource)))
                        .toList();
                throw new ProblemException(QuotaProblem.OVER_QUOTA, "The tenant holds more than its plan allows of "
                        + String.join(", ", quota.over().stream().map(Resource::text).toList())
                        + ", and gets nothing new until it fits. Release something, or move it to a larger plan.",
                        errors);
            }
        }
    }

    private static String figures(Quota quota, Resource resource) {
        return "limit " + quota.limit().of(resource) + ", used " + quota.used().of(resource) + ", reserved "
                + quota.reserved().of(resource);
    }
}
