package dev.pocketagent.kit.problem;

import java.util.List;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;

/** The body of every error answer of the control-plane APIs (RFC 9457). */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(description = "An error (RFC 9457). `code` is stable; `errors` is there for input errors.")
public record Problem(@Schema(examples = "about:blank") String type,
        @Schema(examples = "There is no such thing.") String title,
        @Schema(examples = "404") int status, @Schema(examples = "not_found") String code, String detail,
        @Nullable String instance,
        @Schema(examples = "4bf92f3577b34da6a3ce929d0e0e4736") String traceId, @Nullable List<InputError> errors) {

    public static final String MEDIA_TYPE = "application/problem+json";
}
