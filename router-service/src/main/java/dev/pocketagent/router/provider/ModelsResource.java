package dev.pocketagent.router.provider;

import java.util.ArrayList;
import java.util.List;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.UriInfo;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.router.catalog.AllowedModels;
import dev.pocketagent.router.catalog.Demand;
import dev.pocketagent.router.catalog.Model;

/** The models, how their providers stand, and what {@code pocket/auto} would pick now and why. */
@Path("/api/v1/models")
@RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
public class ModelsResource {

    private final Caller caller;
    private final Providers providers;

    @Inject
    ModelsResource(Caller caller, Providers providers) {
        this.caller = caller;
        this.providers = providers;
    }

    /** @param contextWindow tokens, null when unknown */
    public record ModelView(String id, String provider, long inputMicrosPerMillion, long outputMicrosPerMillion,
            @Nullable Long contextWindow, boolean healthy, boolean allowed) {}

    /**
     * How a provider stands.
     *
     * @param lastFailure why its last failed call failed, also when it works again; null when none failed
     * @param retryInMillis how long {@code pocket/auto} still passes it over
     */
    public record ProviderView(String name, String type, boolean healthy, int failuresInRow,
            @Nullable String lastFailure, long retryInMillis) {}

    /** @param objection why the model is passed over; null when nothing speaks against it */
    public record AutoStep(String model, @Nullable String objection) {}

    /** @param picks the model a small request would get; null when none is left */
    public record AutoView(@Nullable String picks, List<AutoStep> order) {}

    /** All of it. */
    public record Overview(List<ModelView> items, AutoView auto, List<ProviderView> providers) {}

    @GET
    public Overview overview(@Context UriInfo uri) {
        QueryParams.allow(uri);
        var plan = caller.key().plan();
        var allowed = !caller.isTenantBound()
                ? AllowedModels.ALL
                : AllowedModels.of(plan == null ? List.of() : plan.models());
        var models = providers.catalog().models().stream().map(model -> view(model, allowed)).toList();
        String picks = null;
        var order = new ArrayList<AutoStep>();
        for (var considered : providers.selection().consider(new Demand(0, 0), allowed)) {
            if (picks == null && considered.objection() == null) {
                picks = considered.model().id();
            }
            order.add(new AutoStep(considered.model().id(), considered.objection()));
        }
        return new Overview(models, new AutoView(picks, order),
                providers.all().stream().map(ModelsResource::view).toList());
    }

    private ModelView view(Model model, AllowedModels allowed) {
        return new ModelView(model.id(), model.provider(), model.price().inputMicrosPerMillion(),
                model.price().outputMicrosPerMillion(), model.contextWindow() == 0 ? null : model.contextWindow(),
                providers.get(model.provider()).health().healthy(), allowed.allows(model));
    }

    private static ProviderView view(Provider provider) {
        var health = provider.health().snapshot();
        return new ProviderView(provider.name(), provider.type(), health.healthy(), health.failuresInRow(),
                health.lastFailure(), health.retryInMillis());
    }
}
