package dev.pocketagent.registry.audit;

import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.QueryValues;

/** The filters of the trail as query parameters, as they were sent. */
public class AuditQuery {

    private static final Pattern ACTION = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}(\\.\\*)?");
    private static final Pattern TARGET = Pattern.compile("[^\\p{Cntrl}]{1,300}");

    @QueryParam("tenant")
    @Parameter(description = "Only this tenant's rows, by id. The platform's own are at 00000000-0000-0000-0000-000000000000.")
    @Nullable
    String tenant;

    @QueryParam("action")
    @Parameter(description = "Only this action, or all that begin alike: `tenant.*`.", example = "tenant.*")
    @Nullable
    String action;

    @QueryParam("actor")
    @Parameter(description = "Only changes made with this key, by id.")
    @Nullable
    String actor;

    @QueryParam("target")
    @Parameter(description = "Only changes of this thing.", example = "key/01993c50-0d0e-7aa0-8d3e-51a3a0f2b6c4")
    @Nullable
    String target;

    @QueryParam("from")
    @Parameter(description = "Only rows from this moment on.", example = "2026-11-01T00:00:00Z")
    @Nullable
    String from;

    @QueryParam("to")
    @Parameter(description = "Only rows before this moment.", example = "2026-12-01T00:00:00Z")
    @Nullable
    String to;

    /** Names of all parameters here. */
    static String[] names(String... others) {
        String[] names = {"tenant", "action", "actor", "target", "from", "to"};
        String[] all = Arrays.copyOf(names, names.length + others.length);
        System.arraycopy(others, 0, all, names.length, others.length);
        return all;
    }

    /**
     * What is asked for. A tenant's key asks for its own rows, whether it says so or not.
     *
     * @throws ProblemException 400 for what cannot be meant, 404 for somebody else's rows
     */
    AuditFilter filter(Caller caller, UriInfo uri) {
        for (String name : names()) {
            if ("".equals(uri.getQueryParameters().getFirst(name))) {
                throw ProblemException.invalid("?" + name, "is empty; leave it out to have all");
            }
        }
        if (action != null && !ACTION.matcher(action).matches()) {
            throw ProblemException.invalid("?action", "must be an action, like key.create, or a group, like key.*");
        }
        if (target != null && !TARGET.matcher(target).matches()) {
            throw ProblemException.invalid("?target", "must be one line of 1 to 300 characters");
        }
        Instant first = from == null ? null : QueryValues.time("?from", from);
        Instant end = to == null ? null : QueryValues.time("?to", to);
        if (first != null && end != null && first.isAfter(end)) {
            throw ProblemException.invalid("?from", "must not be after 'to'");
        }
        return new AuditFilter(tenant(tenant, caller), action, actor == null ? null : QueryValues.id("?actor", actor),
                target,
                first, end);
    }

    /** The tenant that is asked for; a tenant's own for its key, null for all. */
    static @Nullable UUID tenant(@Nullable String asked, Caller caller) {
        if (asked == null) {
            return caller.tenantId();
        }
        UUID id = QueryValues.id("?tenant", asked);
        caller.mustSee(id);
        return id;
    }
}
