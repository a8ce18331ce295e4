package dev.pocketagent.kit.problem;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.nio.channels.ClosedChannelException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import jakarta.persistence.OptimisticLockException;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.Path;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.ResponseBuilder;

import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;

import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.UnauthorizedException;
import io.vertx.core.http.HttpClosedException;
import io.vertx.ext.web.RoutingContext;

/** The one table from exceptions to problems. What is not in it is a 500 that says nothing about our insides. */
public class ProblemMappers {

    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);
    private static final String BODY_NEEDED = "The body is missing or has the wrong shape; a JSON object is needed.";

    @ServerExceptionMapper
    Response problem(ProblemException e, RoutingContext exchange) {
        return answer(e.type(), e.detail(), e.errors(), e.retryAfter(), exchange);
    }

    @ServerExceptionMapper
    Response unauthenticated(UnauthorizedException e, RoutingContext exchange) {
        return unauthenticated(exchange);
    }

    @ServerExceptionMapper
    Response unauthenticated(AuthenticationFailedException e, RoutingContext exchange) {
        return unauthenticated(exchange);
    }

    @ServerExceptionMapper
    Response forbidden(ForbiddenException e, RoutingContext exchange) {
        return answer(CommonProblem.FORBIDDEN,
                "The role of this key, or what its scopes leave of it, does not allow this call. Use another key.",
                exchange);
    }

    @ServerExceptionMapper
    Response invalid(ConstraintViolationException e, RoutingContext exchange) {
        List<InputError> errors = e.getConstraintViolations().stream()
                .map(ProblemMappers::error)
                .sorted((a, b) -> a.pointer().compareTo(b.pointer()))
                .toList();
        return answer(CommonProblem.INVALID_INPUT, "See 'errors' for each field that needs a change.", errors, null,
                exchange);
    }

    @ServerExceptionMapper
    Response mismatched(MismatchedInputException e, RoutingContext exchange) {
        return unreadable(e, exchange);
    }

    /** A body nested too deep, or with a number or name too long. */
    @ServerExceptionMapper
    Response excessive(StreamConstraintsException e, RoutingContext exchange) {
        return unreadable(e, exchange);
    }

    /** A query parameter that cannot be read ends here, too: JAX-RS wraps what {@link QueryParameterReaders} says of it. */
    @ServerExceptionMapper
    Response notFound(NotFoundException e, RoutingContext exchange) {
        return e.getCause() instanceof ProblemException problem ? problem(problem, exchange) : web(e, exchange);
    }

    @ServerExceptionMapper
    Response web(WebApplicationException e, RoutingContext exchange) {
        if (e.getCause() instanceof JsonProcessingException json) {
            return unreadable(json, exchange);
        }
        String path = exchange.request().path();
        String method = exchange.request().method().name();
        return switch (e.getResponse().getStatus()) {
            case 404 -> answer(CommonProblem.NOT_FOUND, "Nothing is found at " + path + ".", exchange);
            case 405 -> answer(CommonProblem.METHOD_NOT_ALLOWED, method + " is not supported at " + path + ".",
                    exchange);
            case 406 -> answer(CommonProblem.NOT_ACCEPTABLE, "Send Accept: application/json.", exchange);
            case 413 -> answer(CommonProblem.PAYLOAD_TOO_LARGE, "Send a smaller body.", exchange);
            case 415 -> answer(CommonProblem.UNSUPPORTED_MEDIA_TYPE, "Send Content-Type: application/json.", exchange);
            case 400 -> answer(CommonProblem.INVALID_INPUT, "The request could not be read.", exchange);
            case 401 -> unauthenticated(exchange);
            case 403 -> forbidden(new ForbiddenException(), exchange);
            default -> unexpected(e, exchange);
        };
    }

    @ServerExceptionMapper
    Response stale(OptimisticLockException e, RoutingContext exchange) {
        return answer(CommonProblem.PRECONDITION_FAILED,
                "Somebody else changed it meanwhile. Read it again, then retry.",
                exchange);
    }

    @ServerExceptionMapper
    Response unexpected(Throwable e, RoutingContext exchange) {
        for (Throwable cause = e; cause != null; cause = cause.getCause() == cause ? null : cause.getCause()) {
            if (cause instanceof ProblemException problem) {
                return problem(problem, exchange);
            }
            if (cause instanceof OptimisticLockException stale) {
                return stale(stale, exchange);
            }
            if (cause instanceof StreamConstraintsException excessive) {
                return unreadable(excessive, exchange);
            }
            if (cause instanceof ClosedChannelException || cause instanceof HttpClosedException) {
                // The client left with its request half sent: nobody reads the answer, and nothing is wrong here.
                LOG.debugf("The client left, trace id %s: %s", Trace.of(exchange), cause);
                return answer(CommonProblem.INVALID_INPUT, "The request ended before it was whole.", exchange);
            }
            if (cause instanceof SQLException sql) {
                Optional<Response> known = database(sql, exchange);
                if (known.isPresent()) {
                    return known.get();
                }
            }
        }
        LOG.errorf(e, "Unexpected error, trace id %s: %s %s", Trace.of(exchange), exchange.request().method(),
                exchange.request().path());
        return answer(CommonProblem.INTERNAL,
                "It was logged with this trace id. Retry later; if it stays, give the trace id to the operator.",
                exchange);
    }

    private static Optional<Response> database(SQLException e, RoutingContext exchange) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        boolean away = state.startsWith("08") || state.startsWith("57P") || state.startsWith("53")
        // Agroal gives up with a plain SQLException without a state.
                || String.valueOf(e.getMessage()).startsWith("Acquisition timeout");
        if (away) {
            LOG.warnf("Database away, trace id %s: %s", Trace.of(exchange), e.getMessage());
            return Optional.of(answer(CommonProblem.DEPENDENCY_UNAVAILABLE,
                    "The database is away. Nothing was changed; retry in a few seconds.", List.of(),
                    Duration.ofSeconds(2), exchange));
        }
        return switch (state) {
            case "40001", "40P01", "55P03" -> Optional.of(answer(CommonProblem.DEPENDENCY_UNAVAILABLE,
                    "Too many changes at the same moment. Nothing was changed; retry.", List.of(),
                    Duration.ofSeconds(1), exchange));
            case "23505" -> Optional.of(answer(CommonProblem.CONFLICT, "A thing with this name or id is already there.",
                    exchange));
            default -> Optional.empty();
        };
    }

    private static Response unauthenticated(RoutingContext exchange) {
        // One text for a missing, malformed, unknown, expired and revoked key: nothing to learn from the difference.
        return answer(CommonProblem.UNAUTHENTICATED,
                "Send a valid key as 'Authorization: Bearer pocket_...'. It may be missing, mistyped, expired or revoked.",
                exchange);
    }

    private static Response unreadable(JsonProcessingException e, RoutingContext exchange) {
        if (!(e instanceof JsonMappingException mapping)) {
            String place = e.getLocation() == null
                    ? ""
                    : " near line %d, column %d".formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
            return answer(CommonProblem.MALFORMED_BODY, "The body is not valid JSON" + place + ".", exchange);
        }
        StringBuilder pointer = new StringBuilder();
        for (JsonMappingException.Reference step : mapping.getPath()) {
            pointer.append('/').append(step.getFieldName() == null
                    ? String.valueOf(step.getIndex())
                    : step.getFieldName().replace("~", "~0").replace("/", "~1"));
        }
        String detail;
        if (mapping instanceof UnrecognizedPropertyException unknown) {
            List<String> names = new ArrayList<>();
            if (unknown.getKnownPropertyIds() != null) {
                unknown.getKnownPropertyIds().forEach(id -> names.add(String.valueOf(id)));
            }
            detail = "This field is not known."
                    + (names.isEmpty() ? "" : " Known are: " + String.join(", ", names) + ".");
        } else if (pointer.isEmpty()) {
            detail = BODY_NEEDED;
        } else {
            detail = "This value has the wrong type or form.";
        }
        String at = pointer.toString();
        return answer(CommonProblem.INVALID_INPUT, at.isEmpty() ? detail : at + ": " + detail,
                List.of(new InputError(at, detail)), null,
                exchange);
    }

    /** {@code create.request.limits.cpu} becomes {@code /limits/cpu}, {@code create.request} the body as a whole. */
    private static InputError error(ConstraintViolation<?> violation) {
        List<String> names = new ArrayList<>();
        Optional<String> place = Optional.empty();
        Path.@Nullable MethodNode method = null;
        for (Path.Node node : violation.getPropertyPath()) {
            if (node.getIndex() != null) {
                names.add(String.valueOf(node.getIndex()));
            }
            switch (node.getKind()) {
                case METHOD -> method = node.as(Path.MethodNode.class);
                case PARAMETER -> place = method == null
                        ? Optional.empty()
                        : place(violation.getRootBeanClass(), method,
                                node.as(Path.ParameterNode.class).getParameterIndex());
                default -> {
                    if (node.getName() != null && !node.getName().startsWith("<")) {
                        names.add(node.getName());
                    }
                }
            }
        }
        if (place.isPresent()) {
            return new InputError(place.get(), violation.getMessage());
        }
        return names.isEmpty() && violation.getInvalidValue() == null
                ? new InputError("", BODY_NEEDED)
                : new InputError(names.isEmpty() ? "" : "/" + String.join("/", names), violation.getMessage());
    }

    /** Where a parameter comes from, as {@link InputError} names it; empty for the body. */
    private static Optional<String> place(Class<?> resource, Path.MethodNode method, int index) {
        Class<?>[] types = method.getParameterTypes().toArray(Class<?>[]::new);
        // The bean is of a generated class, whose methods have no annotations; the one that was written is above it.
        for (Class<?> type = resource; type != null; type = type.getSuperclass()) {
            Method found;
            try {
                found = type.getDeclaredMethod(method.getName(), types);
            } catch (NoSuchMethodException e) {
                continue;
            }
            Parameter parameter = found.getParameters()[index];
            if (parameter.getAnnotation(QueryParam.class) instanceof QueryParam query) {
                return Optional.of("?" + query.value());
            }
            if (parameter.getAnnotation(HeaderParam.class) instanceof HeaderParam header) {
                return Optional.of(header.value());
            }
            if (parameter.getAnnotation(PathParam.class) instanceof PathParam path) {
                return Optional.of("{" + path.value() + "}");
            }
        }
        return Optional.empty();
    }

    private static Response answer(ProblemType type, String detail, RoutingContext exchange) {
        return answer(type, detail, List.of(), null, exchange);
    }

    private static Response answer(ProblemType type, String detail, List<InputError> errors,
            @Nullable Duration retryAfter, RoutingContext exchange) {
        Problem body = new Problem("about:blank", type.title(), type.status(), type.code(), detail,
                exchange.request().path(), Trace.of(exchange), errors.isEmpty() ? null : errors);
        ResponseBuilder response = Response.status(type.status()).type(Problem.MEDIA_TYPE).entity(body);
        if (type.status() == 401) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"pocketagent\"");
        }
        if (retryAfter != null) {
            response.header(HttpHeaders.RETRY_AFTER, Math.max(1, retryAfter.plusMillis(999).toSeconds()));
        }
        return response.build();
    }
}
