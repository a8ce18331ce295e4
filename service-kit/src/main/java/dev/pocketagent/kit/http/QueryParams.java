package dev.pocketagent.kit.http;

import java.util.Arrays;
import java.util.List;

import jakarta.ws.rs.core.UriInfo;

import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;

/** Strict query parameters: a mistyped filter must be an error, not a list of everything. */
public final class QueryParams {

    private QueryParams() {}

    /** A 400 problem naming each parameter that is not among {@code names}. */
    public static void allow(UriInfo uri, String... names) {
        List<String> known = Arrays.asList(names);
        String cure = known.isEmpty() ? "this call takes no parameters" : "known are " + String.join(", ", known);
        List<InputError> unknown = uri.getQueryParameters().keySet().stream()
                .filter(name -> !known.contains(name)).sorted()
                .map(name -> new InputError("?" + name, "is not known; " + cure)).toList();
        if (!unknown.isEmpty()) {
            throw new ProblemException(CommonProblem.UNKNOWN_PARAMETER,
                    unknown.getFirst().pointer() + " " + unknown.getFirst().detail(), unknown);
        }
    }
}
