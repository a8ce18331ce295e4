package dev.pocketagent.registry.plan;

import java.time.Instant;
import java.util.List;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;

import dev.pocketagent.kit.auth.PlanLimits;

/** One version of a plan, as it is stored. */
@Entity
@Immutable
@Table(name = "plan_version")
class PlanVersion {

    /** {@code <plan>@<version>}. */
    @Id
    String id;
    String plan;
    int version;
    int rank;
    int stacks;
    @Column(name = "cpu_millis")
    int cpuMillis;
    @Column(name = "memory_mib")
    int memoryMib;
    @Column(name = "disk_mib")
    int diskMib;
    int volumes;
    int keys;
    int sources;
    @Column(name = "requests_per_minute")
    int requestsPerMinute;
    @Column(name = "tokens_per_minute")
    int tokensPerMinute;
    @Column(name = "monthly_budget_micros")
    long monthlyBudgetMicros;
    String[] models;
    String[] templates;
    @Column(name = "daily_backup")
    boolean dailyBackup;
    @Column(name = "backup_retention_days")
    int backupRetentionDays;
    /** Whether a tenant of this plan may have limits of its own. */
    boolean overridable;
    @Column(name = "created_at")
    Instant createdAt;

    @SuppressWarnings("NullAway.Init")
    protected PlanVersion() {}

    static PlanVersion of(PlanView view) {
        PlanLimits limits = view.limits();
        PlanVersion made = new PlanVersion();
        made.id = PlanView.id(view.name(), view.version());
        made.plan = view.name();
        made.version = view.version();
        made.rank = view.rank();
        made.stacks = limits.stacks();
        made.cpuMillis = limits.cpuMillis();
        made.memoryMib = limits.memoryMib();
        made.diskMib = limits.diskMib();
        made.volumes = limits.volumes();
        made.keys = limits.keys();
        made.sources = limits.sources();
        made.requestsPerMinute = limits.requestsPerMinute();
        made.tokensPerMinute = limits.tokensPerMinute();
        made.monthlyBudgetMicros = limits.monthlyBudgetMicros();
        made.models = limits.models().toArray(String[]::new);
        made.templates = limits.templates().toArray(String[]::new);
        made.dailyBackup = limits.dailyBackup();
        made.backupRetentionDays = limits.backupRetentionDays();
        made.overridable = view.overridable();
        made.createdAt = view.createdAt();
        return made;
    }

    PlanView view() {
        PlanLimits limits = new PlanLimits(plan, version, stacks, cpuMillis, memoryMib, diskMib, volumes, keys, sources,
                requestsPerMinute, tokensPerMinute, monthlyBudgetMicros, List.of(models), List.of(templates),
                dailyBackup, backupRetentionDays);
        return new PlanView(plan, version, rank, overridable, createdAt, limits);
    }
}
