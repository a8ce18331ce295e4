package dev.pocketagent.registry.plan;

import java.time.Instant;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

import dev.pocketagent.kit.auth.PlanLimits;

/**
 * A version of a plan as the API shows it.
 *
 * @param version a tenant keeps the version it was given until it is moved
 * @param rank its place in lists, smallest plan first
 * @param overridable whether a tenant of it may have limits of its own
 */
@Schema(name = "Plan", examples = """
        {"name":"team","version":1,"rank":2,"overridable":false,"createdAt":"2026-11-21T10:15:30.123456Z",
         "limits":{"plan":"team","version":1,"stacks":10,"cpuMillis":10000,"memoryMib":20480,"diskMib":102400,
         "volumes":20,"keys":50,"sources":10,"requestsPerMinute":300,"tokensPerMinute":500000,
         "monthlyBudgetMicros":100000000,"models":["*"],"templates":["web","openclaw-agent"],"dailyBackup":true,
         "backupRetentionDays":7}}""")
public record PlanView(String name, int version, int rank, boolean overridable, Instant createdAt, PlanLimits limits) {

    /** As it is named in full: {@code <name>@<version>}. */
    static String id(String name, int version) {
        return name + "@" + version;
    }
}
