package dev.pocketagent.registry.plan;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

import dev.pocketagent.kit.auth.PlanLimits;

/**
 * A plan as the API shows it.
 *
 * @param version a tenant keeps the version it was given until it is moved
 */
@Schema(name = "Plan", examples = """
        {"name":"team","version":1,"limits":{"plan":"team","version":1,"stacks":10,"cpuMillis":10000,"memoryMib":20480,
         "diskMib":102400,"keys":50,"sources":10,"requestsPerMinute":300,"tokensPerMinute":500000,
         "monthlyBudgetMicros":100000000,"models":["*"],"templates":["web","openclaw-agent"],"dailyBackup":true}}""")
public record PlanView(String name, int version, PlanLimits limits) {

    static PlanView of(PlanLimits limits) {
        return new PlanView(limits.plan(), limits.version(), limits);
    }
}
