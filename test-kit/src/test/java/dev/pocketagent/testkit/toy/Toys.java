package dev.pocketagent.testkit.toy;

import java.net.URI;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Id;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.secret.Secrets;

/** A small service that uses the whole kit, so that the kit is tested as services use it. */
@Path("/api/v1/toys")
public class Toys {

    public record NewToy(@Nullable UUID tenantId,
            @Pattern(regexp = "[a-z]{1,40}", message = "must be 1 to 40 small letters") String name,
            @Nullable Inner inner) {
        public record Inner(int size) {}
    }

    @Entity
    public static class Toy {
        @Id
        public UUID id;
    }

    @Inject
    Caller caller;
    @Inject
    RowScope rows;
    @Inject
    EntityManager database;
    @Inject
    Secrets secrets;

    @POST
    @RolesAllowed({Roles.TENANT_ADMIN, Roles.OPERATOR})
    @Transactional
    @Idempotent
    public Response create(@NotNull @Valid NewToy toy) throws InterruptedException {
        UUID tenant = caller.requireTenant(toy.tenantId());
        rows.tenant(tenant);
        UUID id = UUID.randomUUID();
        if (toy.name().startsWith("slow")) {
            Thread.sleep(1500);
        }
        database.createNativeQuery("insert into toy (id, tenant_id, name) values (:id, :tenant, :name)")
                .setParameter("id", id).setParameter("tenant", tenant).setParameter("name", toy.name()).executeUpdate();
        byte[] sealed = secrets.seal(tenant, "toy/" + id, "shown once".getBytes());
        return Response.created(URI.create("/api/v1/toys/" + id)).header("ETag", ETags.of(0))
                .entity(Map.of("id", id, "secret", new String(secrets.open(tenant, "toy/" + id, sealed)))).build();
    }

    @GET
    @RolesAllowed({Roles.TENANT_ADMIN, Roles.OPERATOR})
    @Transactional
    public List<?> list(@QueryParam("limit") Integer limit, @Context UriInfo uri) {
        QueryParams.allow(uri, "limit");
        rows.of(caller);
        return database.createNativeQuery("select name from toy order by name limit :n", String.class)
                .setParameter("n", Paging.limit(limit)).getResultList();
    }

    /** Colours that a toy may have. */
    public enum Colour {
        RED, BLUE
    }

    public static class Filter {
        @QueryParam("until")
        @Nullable
        LocalDate until;
    }

    @GET
    @Path("/checked")
    @RolesAllowed(Roles.TENANT_ADMIN)
    public int checked(@QueryParam("how-many") @Max(3) int size, @HeaderParam("X-Size") @Max(3) int other) {
        return size + other;
    }

    @GET
    @Path("/typed/{id}")
    @RolesAllowed(Roles.TENANT_ADMIN)
    public String typed(@PathParam("id") UUID id, @QueryParam("size") int size, @QueryParam("colour") Colour colour,
            @QueryParam("at") Instant at, @QueryParam("tenant") UUID tenant, @QueryParam("sizes") List<Long> sizes,
            @BeanParam Filter filter) {
        return size + " " + colour + " " + at + " " + tenant + " " + sizes + " " + filter.until;
    }

    @PATCH
    @Path("/{id}")
    @RolesAllowed(Roles.TENANT_ADMIN)
    public void patch(UUID id, @HeaderParam("If-Match") String ifMatch) {
        ETags.check(ifMatch, 7);
    }

    @GET
    @Path("/unscoped")
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    public Number unscoped() {
        return (Number) database.createNativeQuery("select count(*) from toy").getSingleResult();
    }

    @GET
    @Path("/broken")
    @RolesAllowed(Roles.OPERATOR)
    public String broken() {
        throw new IllegalStateException("secret insides");
    }

    @GET
    @Path("/unannotated")
    public String unannotated() {
        return "never";
    }
}
