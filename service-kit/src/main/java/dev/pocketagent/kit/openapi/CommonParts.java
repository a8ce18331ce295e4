package dev.pocketagent.kit.openapi;

import java.util.List;

import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;

import dev.pocketagent.kit.problem.Problem;
import io.quarkus.smallrye.openapi.OpenApiFilter;

/** Adds the common parts to the document of each service. */
@OpenApiFilter(OpenApiFilter.RunStage.BUILD)
public class CommonParts implements OASFilter {

    private static final String SCHEME = "apiKey";
    private static final String TOO_MANY_BAD_KEYS = "TooManyBadKeys";
    private static final String BODY_TOO_LATE = "BodyTooLate";
    private static final String TOO_MANY_BODIES = "TooManyBodies";
    private static final String BODY_TOO_LARGE = "BodyTooLarge";

    @Override
    public void filterOpenAPI(OpenAPI document) {
        if (document.getComponents() == null) {
            document.setComponents(OASFactory.createComponents());
        }
        document.getComponents().addSecurityScheme(SCHEME, OASFactory.createSecurityScheme()
                .type(SecurityScheme.Type.HTTP).scheme("bearer").bearerFormat("pocket_<kind>_...")
                .description(
                        "An API key of the platform. Its role, and its scopes when it has some, decide which calls it may make."));
        document.getComponents().addSchema("InputError", object()
                .addProperty("pointer", text("JSON pointer into the body, ?name of a query parameter, or a header"))
                .addProperty("detail", text("What is wrong and what would be right")));
        document.getComponents().addSchema("Problem", object()
                .description("An error (RFC 9457). `code` is stable; `errors` is there for input errors.")
                .required(List.of("title", "status", "code", "detail", "traceId"))
                .addProperty("type", text("Always about:blank")).addProperty("title", text("The kind of error"))
                .addProperty("status", OASFactory.createSchema().type(List.of(Schema.SchemaType.INTEGER)))
                .addProperty("code", text("The stable code to switch on").examples(List.of("not_found")))
                .addProperty("detail", text("What happened this time, and the cure"))
                .addProperty("instance", text("The path that was asked"))
                .addProperty("traceId", text("Give it to the operator: the logs have it too"))
                .addProperty("errors", OASFactory.createSchema().type(List.of(Schema.SchemaType.ARRAY))
                        .items(OASFactory.createSchema().ref("InputError"))));
        document.getComponents().addResponse(TOO_MANY_BAD_KEYS,
                problem("Too many keys that are not valid came from this"
                        + " address, and this one is not known to be good; `Retry-After` says when to try again. Code:"
                        + " `rate_limited`."));
        document.getComponents().addResponse(BODY_TOO_LATE,
                problem("The whole body did not arrive within the time for it, 10 s unless the operator has set another."
                        + " Code: `request_timeout`."));
        document.getComponents().addResponse(BODY_TOO_LARGE,
                problem("The body is larger than this service takes. Code: `payload_too_large`, where there is a body"
                        + " in this answer."));
        document.getComponents().addResponse(TOO_MANY_BODIES,
                problem("The caller sends too many or too large bodies at once, or too many keys that are not valid came"
                        + " from its address; `Retry-After` says when to try again. Code: `rate_limited`."));
        if (document.getPaths() != null && document.getPaths().getPathItems() != null) {
            document.getPaths().getPathItems().values()
                    .forEach(path -> path.getOperations().values().forEach(CommonParts::complete));
        }
    }

    private static void complete(Operation operation) {
        operation.setSecurity(List.of(OASFactory.createSecurityRequirement().addScheme(SCHEME)));
        if (operation.getResponses() == null) {
            operation.setResponses(OASFactory.createAPIResponses());
        }
        boolean body = operation.getRequestBody() != null;
        if (body) {
            answer(operation, "408", BODY_TOO_LATE);
            answer(operation, "413", BODY_TOO_LARGE);
        }
        answer(operation, "429", body ? TOO_MANY_BODIES : TOO_MANY_BAD_KEYS);
        operation.getResponses().setDefaultValue(problem("A problem; see its `code` and `detail`."));
    }

    private static void answer(Operation operation, String status, String response) {
        if (!operation.getResponses().hasAPIResponse(status)) {
            operation.getResponses().addAPIResponse(status, OASFactory.createAPIResponse().ref(response));
        }
    }

    private static APIResponse problem(String description) {
        return OASFactory.createAPIResponse().description(description)
                .content(OASFactory.createContent().addMediaType(Problem.MEDIA_TYPE,
                        OASFactory.createMediaType().schema(OASFactory.createSchema().ref("Problem"))));
    }

    private static Schema object() {
        return OASFactory.createSchema().type(List.of(Schema.SchemaType.OBJECT));
    }

    private static Schema text(String description) {
        return OASFactory.createSchema().type(List.of(Schema.SchemaType.STRING)).description(description);
    }
}
