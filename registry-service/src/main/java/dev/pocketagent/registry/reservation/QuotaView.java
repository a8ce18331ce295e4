package dev.pocketagent.registry.reservation;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

import dev.pocketagent.registry.quota.Quota;
import dev.pocketagent.registry.quota.Resource;
import dev.pocketagent.registry.tenant.Tenant;

/**
 * What a tenant may have and has, as the API shows it.
 *
 * @param overQuota whether it holds more than it may of something; then it gets nothing new until it fits
 * @param resources by name: stacks, cpuMillis, memoryMib, diskMib, volumes, keys, sources
 */
@Schema(name = "Quota", examples = """
        {"tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11","plan":"team","planVersion":1,"overQuota":false,
         "resources":{"stacks":{"limit":10,"used":3,"reserved":1,"available":6,"over":false},
         "memoryMib":{"limit":20480,"used":6144,"reserved":2048,"available":12288,"over":false}}}""")
public record QuotaView(UUID tenantId, String plan, int planVersion, boolean overQuota,
        Map<String, Figures> resources) {

    /**
     * One resource.
     *
     * @param used what is confirmed
     * @param reserved what open reservations hold
     * @param available what is left; never below 0
     */
    @Schema(name = "QuotaFigures")
    public record Figures(int limit, int used, int reserved, int available, boolean over) {}

    static QuotaView of(Tenant tenant, Quota quota) {
        Map<String, Figures> resources = new LinkedHashMap<>();
        for (Resource resource : Resource.values()) {
            resources.put(resource.text(),
                    new Figures(quota.limit().of(resource), quota.used().of(resource), quota.reserved().of(resource),
                            quota.available(resource), quota.over(resource)));
        }
        return new QuotaView(tenant.id(), tenant.plan(), tenant.planVersion(), !quota.over().isEmpty(), resources);
    }
}
