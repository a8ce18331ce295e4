package dev.pocketagent.router.gateway;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import dev.pocketagent.kit.auth.KeyInfo;
import dev.pocketagent.kit.auth.Scope;
import dev.pocketagent.kit.auth.Verdict;
import dev.pocketagent.kit.key.KeyKind;
import dev.pocketagent.router.catalog.AllowedModels;
import dev.pocketagent.router.openai.ApiError;
import dev.pocketagent.router.openai.ErrorProfile;

/** Whether a key may call models, and for whom. */
sealed interface Admission {

    /** The key's tenant pays for what it uses. */
    record Granted(UUID keyId, UUID tenantId, AllowedModels models, ErrorProfile profile) implements Admission {}

    record Refused(ApiError error) implements Admission {}

    /**
     * What follows from a verdict on a key.
     *
     * @param needed what the call needs of a key that has scopes
     */
    static Admission of(Verdict verdict, Scope needed, ErrorProfile profile) {
        return switch (verdict) {
            case Verdict.Valid(KeyInfo key) -> of(key, needed, profile);
            case Verdict.Invalid(String code) -> new Refused(code.equals(Verdict.Invalid.TENANT_SUSPENDED)
                    ? profile.shape(ApiError.tenantSuspended())
                    : ApiError.unauthenticated());
            case Verdict.Limited(Duration pause) -> new Refused(ApiError.tooManyBadKeys(pause));
            case Verdict.Unavailable ignored -> new Refused(ApiError.keyCheckUnavailable());
        };
    }

    private static Admission of(KeyInfo key, Scope needed, ErrorProfile profile) {
        var tenant = key.tenantId();
        if (tenant == null) {
            return new Refused(profile.shape(ApiError.keyNotAllowed()));
        }
        if (!key.allows(needed)) {
            return new Refused(profile.shape(ApiError.scopeMissing(needed.name())));
        }
        // A tenant without a plan would be a fault of the registry: then nothing costs money but the sandbox answers.
        var models = AllowedModels.of(key.plan() == null ? List.of() : key.plan().models());
        return new Granted(key.keyId(), tenant, models, profile);
    }

    /** The profile by a key's text, so that also a refused key is answered in words its client understands. */
    static ErrorProfile profileOf(String key) {
        return key.startsWith("pocket_" + KeyKind.AGENT.prefix() + "_") ? ErrorProfile.AGENT : ErrorProfile.STANDARD;
    }
}
