package dev.pocketagent.kit.auth;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * What a tenant's plan allows, as the registry tells it with every verified key.
 *
 * @param cpuMillis thousandths of a core, over all stacks
 * @param volumes named volumes, over all stacks
 * @param monthlyBudgetMicros what models may cost in a calendar month (UTC), micro-dollars
 * @param models ids of allowed models; {@code *} allows all
 * @param templates names of allowed templates; {@code *} allows all
 * @param dailyBackup whether volumes are backed up every day
 * @param backupRetentionDays how long a backup is kept; 0 without backups
 */
// A registry that is newer than this service may tell more.
@JsonIgnoreProperties(ignoreUnknown = true)
public record PlanLimits(String plan, int version, int stacks, int cpuMillis, int memoryMib, int diskMib, int volumes,
        int keys, int sources, int requestsPerMinute, int tokensPerMinute, long monthlyBudgetMicros,
        List<String> models, List<String> templates, boolean dailyBackup, int backupRetentionDays) {

    public PlanLimits {
        models = List.copyOf(models);
        templates = List.copyOf(templates);
    }
}
