package dev.pocketagent.kit.problem;

import jakarta.ws.rs.container.ContainerResponseContext;

import org.jboss.logging.MDC;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

import io.vertx.ext.web.RoutingContext;

/** Puts the trace id into the log context of a request, and takes it out when the answer is made. */
public class TraceFilter {

    private static final String MDC_KEY = "trace_id";

    // Non-blocking like all that runs before kit.body.Bodies: the framework allows no other order.
    @ServerRequestFilter(preMatching = true, nonBlocking = true)
    void begin(RoutingContext exchange) {
        MDC.put(MDC_KEY, Trace.of(exchange));
    }

    @ServerResponseFilter
    void end(ContainerResponseContext response) {
        MDC.remove(MDC_KEY);
    }
}
