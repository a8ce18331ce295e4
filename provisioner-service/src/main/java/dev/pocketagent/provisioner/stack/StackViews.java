package dev.pocketagent.provisioner.stack;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** What the API takes and gives. */
final class StackViews {

    private StackViews() {}

    /**
     * @param tenantId needed with an operator's key
     * @param name DNS label of at most 40 characters, unique within the tenant; the same name again updates the stack
     * @param parameters as the template's schema describes them; secrets that are left out stay as they are
     * @param backend {@code auto}, {@code engine} or {@code bundle}
     */
    record Wanted(@Nullable UUID tenantId,
            @NotNull(message = "is needed") @Pattern(regexp = "[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", message = "must have 1 to 40 of a-z, 0-9 and -, and no - at its ends") String name,
            @NotNull(message = "is needed; see GET "
                    + "/api/v1/templates") String template,
            @Schema(type = org.eclipse.microprofile.openapi.annotations.enums.SchemaType.OBJECT) @Nullable JsonNode parameters,
            @Nullable String backend) {}

    /** @param exceptions what it may do although the policy forbids it by default, with reasons */
    record TemplateView(String name, int version, String title, String description, JsonNode parameters,
            List<ExceptionView> exceptions) {}

    record ExceptionView(String rule, String service, String reason) {}

    /**
     * @param action {@code create}, {@code replace}, {@code start}, {@code wait}, {@code stop}, {@code remove} or {@code write}
     * @param kind {@code network}, {@code volume}, {@code container} or {@code bundle}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ChangeView(String action, String kind, String name, String detail) {}

    /**
     * @param changes in order; empty when all is as it should be
     * @param compose the stack as a Compose document; secrets stand there as variables
     * @param backendReason why this backend
     */
    record PlanView(List<ChangeView> changes, JsonNode compose, String backend, String backendReason,
            List<String> warnings,
            String specHash, int cpuMillis, int memoryMib) {}

    /** @param id of the operation, as in the Location */
    @RegisterForReflection
    record Accepted(UUID id, String kind, String state, UUID stackId, UUID tenantId, String name, String backend,
            String backendReason,
            long revision, String specHash, List<String> warnings) {}

    /** @param chosen a new stack goes here unless its caller asks for another */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record BackendView(String name, boolean available, String detail, @Nullable String cure, boolean chosen) {}

    /**
     * @param secrets names of the secret parameters that are set
     * @param state what the last operation made of it: {@code pending}, {@code deploying}, {@code running}, {@code bundled},
     *        {@code stopped} or {@code failed}
     * @param health of what runs now: {@code healthy}, {@code starting}, {@code unhealthy}, {@code stopped}, or {@code unknown} when the
     *        backend cannot tell; left out in lists
     * @param address of the first published port: host:port, or a URL where the service answers HTTP
     * @param bundlePath where its bundle lies, for the bundle backend
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record StackView(UUID id, UUID tenantId, String name, String template, int templateVersion, JsonNode parameters,
            @Nullable List<String> secrets, String backend, String desired, boolean suspended, String state,
            @Nullable String health,
            long revision, String specHash, int cpuMillis, int memoryMib, @Nullable List<ServiceView> services,
            @Nullable String address,
            @Nullable String bundlePath, Instant createdAt, Instant updatedAt, long version) {}

    /**
     * @param container the engine's name; left out when there is none
     * @param upToDate whether it is what the stack's revision says
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ServiceView(String name, @Nullable String container, String state, String health, String image,
            int cpuMillis, int memoryMib,
            int pids, boolean upToDate, @Nullable Integer exitCode, boolean outOfMemory, int restarts,
            @Nullable Instant startedAt,
            List<PortView> ports) {}

    @RegisterForReflection
    record PortView(int containerPort, String hostAddress, int hostPort) {}

    /** @param lines oldest first */
    record LogView(String service, List<String> lines) {}
}
