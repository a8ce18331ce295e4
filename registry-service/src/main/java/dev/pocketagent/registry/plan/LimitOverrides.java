package dev.pocketagent.registry.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.problem.ProblemException;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * Limits that differ from a plan's; what is left out is as the plan has it. Fields as in {@link PlanLimits}.
 *
 * @param cpuMillis thousandths of a core
 * @param monthlyBudgetMicros micro-dollars
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "LimitOverrides", examples = "{\"stacks\":60,\"memoryMib\":262144}")
public record LimitOverrides(@Nullable Integer stacks, @Nullable Integer cpuMillis, @Nullable Integer memoryMib,
        @Nullable Integer diskMib, @Nullable Integer volumes, @Nullable Integer keys, @Nullable Integer sources,
        @Nullable Integer requestsPerMinute, @Nullable Integer tokensPerMinute, @Nullable Long monthlyBudgetMicros,
        @Nullable List<String> models, @Nullable List<String> templates, @Nullable Boolean dailyBackup,
        @Nullable Integer backupRetentionDays) {

    /** Nothing differs. */
    public static final LimitOverrides NONE = new LimitOverrides(null, null, null, null, null, null, null, null, null,
            null, null, null, null, null);

    /** All names, in order. */
    static final List<String> FIELDS = List.of("stacks", "cpuMillis", "memoryMib", "diskMib", "volumes", "keys",
            "sources", "requestsPerMinute", "tokensPerMinute", "monthlyBudgetMicros", "models", "templates",
            "dailyBackup", "backupRetentionDays");

    private static final int MOST = 1_000_000_000;
    private static final long MOST_MICROS = 1_000_000_000_000_000L;
    private static final int LONGEST_RETENTION_DAYS = 3650;
    private static final int LONGEST_LIST = 200;
    private static final Pattern MODEL = Pattern.compile("[\\x21-\\x7e]{1,200}");
    private static final Pattern TEMPLATE = Pattern.compile("\\*|[a-z][a-z0-9-]{0,62}");
    /** What a version after this one has stored is no reason to fail. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    public LimitOverrides {
        models = copy(models);
        templates = copy(templates);
    }

    /** Not List.copyOf: a null in it is for {@link #check} to point at. */
    private static @Nullable List<String> copy(@Nullable List<String> names) {
        return names == null ? null : Collections.unmodifiableList(new ArrayList<>(names));
    }

    /** Reads what {@link #json} wrote. */
    public static LimitOverrides parse(String json) {
        try {
            return JSON.readValue(json, LimitOverrides.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("These are no overrides", e);
        }
    }

    /** As it is stored: a JSON object of what is there. */
    public String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A record of numbers and texts is always JSON", e);
        }
    }

    /** What is there, by its name in the API. */
    public Map<String, Object> named() {
        @Nullable
        Object[] values = {stacks, cpuMillis, memoryMib, diskMib, volumes, keys, sources, requestsPerMinute,
                tokensPerMinute, monthlyBudgetMicros, models, templates, dailyBackup, backupRetentionDays};
        Map<String, Object> present = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value != null) {
                present.put(FIELDS.get(i), value);
            }
        }
        return present;
    }

    /** Whether nothing differs. */
    public boolean none() {
        return equals(NONE);
    }

    /** The limits of a plan with these in their place. */
    public PlanLimits on(PlanLimits plan) {
        return new PlanLimits(plan.plan(), plan.version(), or(stacks, plan.stacks()), or(cpuMillis, plan.cpuMillis()),
                or(memoryMib, plan.memoryMib()), or(diskMib, plan.diskMib()), or(volumes, plan.volumes()),
                or(keys, plan.keys()), or(sources, plan.sources()), or(requestsPerMinute, plan.requestsPerMinute()),
                or(tokensPerMinute, plan.tokensPerMinute()), or(monthlyBudgetMicros, plan.monthlyBudgetMicros()),
                or(models, plan.models()), or(templates, plan.templates()), or(dailyBackup, plan.dailyBackup()),
                or(backupRetentionDays, plan.backupRetentionDays()));
    }

    private static <T> T or(@Nullable T own, T plan) {
        return Objects.requireNonNullElse(own, plan);
    }

    /**
     * Refuses figures that make no sense.
     *
     * @param pointer where these are in the request, for example {@code /overrides}
     * @param on what they will stand on; null when they stand alone
     * @throws ProblemException 400 that points at the field
     */
    public void check(String pointer, @Nullable PlanLimits on) {
        named().forEach((name, value) -> {
            if (value instanceof Number number) {
                long most = switch (name) {
                    case "monthlyBudgetMicros" -> MOST_MICROS;
                    case "backupRetentionDays" -> LONGEST_RETENTION_DAYS;
                    default -> MOST;
                };
                if (number.longValue() < 0 || number.longValue() > most) {
                    throw ProblemException.invalid(pointer + "/" + name, "must be from 0 to " + most);
                }
            }
        });
        check(pointer + "/models", models, MODEL, "must be the id of a model, or *");
        check(pointer + "/templates", templates, TEMPLATE, "must be the name of a template, or *");
        PlanLimits whole = on == null ? null : on(on);
        if (whole != null && whole.dailyBackup() != whole.backupRetentionDays() > 0) {
            throw ProblemException.invalid(pointer + "/backupRetentionDays", whole.dailyBackup()
                    ? "must be at least 1 with daily backups"
                    : "must be 0 without daily backups");
        }
    }

    private static void check(String pointer, @Nullable List<String> names, Pattern shape, String right) {
        if (names == null) {
            return;
        }
        if (names.size() > LONGEST_LIST) {
            throw ProblemException.invalid(pointer, "must have at most " + LONGEST_LIST + " entries");
        }
        for (int i = 0; i < names.size(); i++) {
            @Nullable
            String name = names.get(i);
            if (name == null || !shape.matcher(name).matches()) {
                throw ProblemException.invalid(pointer + "/" + i, right);
            }
        }
    }
}
