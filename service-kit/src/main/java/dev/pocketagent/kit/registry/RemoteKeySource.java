package dev.pocketagent.kit.registry;

import java.util.concurrent.CompletionStage;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.auth.KeyInfo;
import dev.pocketagent.kit.auth.KeySource;
import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.auth.Verdict;
import io.quarkus.arc.DefaultBean;
import io.quarkus.runtime.annotations.RegisterForReflection;

/** Looks keys up through the registry's API. The secret itself never travels, only its digest. */
@ApplicationScoped
@DefaultBean
@RegisterForReflection(targets = {KeyInfo.class, PlanLimits.class})
class RemoteKeySource implements KeySource {

    private final RegistryCalls calls;
    private final ObjectMapper json;

    @Inject
    RemoteKeySource(RegistryCalls calls, ObjectMapper json) {
        this.calls = calls;
        this.json = json;
    }

    @Override
    public CompletionStage<Verdict> verify(String sha256Hex) {
        JsonNode question = json.createObjectNode().put("sha256", sha256Hex);
        return calls.post("/api/v1/keys/verify", question).handle(
                (answer, failure) -> failure == null
                        ? verdict(answer)
                        : new Verdict.Unavailable(failure.getMessage() + ""));
    }

    private Verdict verdict(JsonNode answer) {
        String code = answer.path("code").asText();
        if (!code.equals("valid")) {
            return code.isEmpty()
                    ? new Verdict.Unavailable("The registry's verdict has no code")
                    : new Verdict.Invalid(code);
        }
        try {
            return new Verdict.Valid(json.treeToValue(answer.path("key"), KeyInfo.class));
        } catch (JsonProcessingException | RuntimeException e) {
            return new Verdict.Unavailable("The registry's verdict cannot be read");
        }
    }
}
