package dev.pocketagent.registry.plan;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;

/** Reading the plans. */
@Path("/api/v1/plans")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
@Tag(name = "plans")
public class PlanResource {

    private final Plans plans;

    @Inject
    PlanResource(Plans plans) {
        this.plans = plans;
    }

    /** All plans, smallest first; few, so always on one page. */
    @GET
    @Operation(operationId = "listPlans", summary = "List the plans", description = "The newest version of each plan, smallest first.")
    @APIResponse(responseCode = "200", description = "All plans, on one page.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<PlanView> list(@Context UriInfo uri) {
        QueryParams.allow(uri);
        return new Page<>(plans.newest().stream().map(PlanView::of).toList(), null);
    }

    /** One plan in its newest version. */
    @GET
    @Path("/{name}")
    @Operation(operationId = "getPlan", summary = "Read a plan", description = "Its newest version.")
    @APIResponse(responseCode = "200", description = "The plan.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public PlanView get(@Parameter(example = "team") String name, @Context UriInfo uri) {
        QueryParams.allow(uri);
        return plans.newest(name).map(PlanView::of).orElseThrow(() -> ProblemException.notFound("plan", name));
    }
}
