package dev.pocketagent.provisioner.stack;

import java.util.List;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.Backend;
import dev.pocketagent.provisioner.stack.StackViews.BackendView;
import dev.pocketagent.provisioner.stack.StackViews.ExceptionView;
import dev.pocketagent.provisioner.stack.StackViews.TemplateView;
import dev.pocketagent.provisioner.template.Catalogue;
import dev.pocketagent.provisioner.template.ParameterRules;
import dev.pocketagent.provisioner.template.Template;
import dev.pocketagent.provisioner.tree.Trees;

/** What stacks can be made from, and where they can run. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
public class TemplateResource {

    private final Catalogue catalogue;
    private final Backends backends;

    @Inject
    TemplateResource(Catalogue catalogue, Backends backends) {
        this.catalogue = catalogue;
        this.backends = backends;
    }

    /** Few, so always on one page. */
    @GET
    @Path("/templates")
    @Tag(name = "templates")
    @Operation(operationId = "listTemplates", summary = "List the templates")
    public Page<TemplateView> templates(@Context UriInfo uri) {
        QueryParams.allow(uri);
        return new Page<>(catalogue.all().stream().map(TemplateResource::view).toList(), null);
    }

    @GET
    @Path("/templates/{name}")
    @Tag(name = "templates")
    @Operation(operationId = "getTemplate", summary = "Read a template", description = "With the JSON schema of its parameters.")
    public TemplateView template(String name, @Context UriInfo uri) {
        QueryParams.allow(uri);
        return catalogue.find(name).map(ParameterRules::template).map(TemplateResource::view)
                .orElseThrow(() -> ProblemException.notFound(
                        "template", name));
    }

    @GET
    @Path("/backends")
    @Tag(name = "backends")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR})
    @Operation(operationId = "listBackends", summary = "List the backends", description = "Which can work now, and where a new stack goes.")
    public Page<BackendView> backends(@Context UriInfo uri) {
        QueryParams.allow(uri);
        String chosen;
        try {
            chosen = backends.choose(null).backend().name();
        } catch (ProblemException e) {
            chosen = "";
        }
        String target = chosen;
        return new Page<>(backends.all().stream().map(backend -> view(backend, target)).toList(), null);
    }

    private static BackendView view(Backend backend, String chosen) {
        boolean isChosen = backend.name().equals(chosen);
        return switch (backend.availability()) {
            case Availability.Available available ->
                new BackendView(backend.name(), true, available.detail(), null, isChosen);
            case Availability.Unavailable unavailable ->
                new BackendView(backend.name(), false, unavailable.reason(), unavailable.cure(),
                        isChosen);
        };
    }

    private static TemplateView view(Template template) {
        List<ExceptionView> exceptions = template.exceptions().stream()
                .map(e -> new ExceptionView(e.rule(), e.service(), e.reason()))
                .toList();
        return new TemplateView(template.name(), template.version(), template.title(), template.description(),
                Trees.toJson(template
                        .parameters()),
                exceptions);
    }
}
