package dev.pocketagent.sync;

import jakarta.ws.rs.container.ContainerRequestContext;

import org.jboss.resteasy.reactive.server.ServerRequestFilter;

import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;

/** The server takes bodies as large as a webhook's; everything else is a small JSON document and stays limited to that. */
public class BodyLimit {

    private static final int MOST_BYTES = 1024 * 1024;

    @ServerRequestFilter(preMatching = true)
    void check(ContainerRequestContext request) {
        if (request.getLength() > MOST_BYTES && !request.getUriInfo().getPath().startsWith("/v1/hooks/")) {
            throw new ProblemException(CommonProblem.PAYLOAD_TOO_LARGE, "A request of this API has at most 1 MiB.");
        }
    }
}
