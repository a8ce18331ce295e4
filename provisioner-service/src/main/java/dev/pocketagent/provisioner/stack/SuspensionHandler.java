package dev.pocketagent.provisioner.stack;

import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.event.EventHandler;

/**
 * Stops the stacks of tenants that are suspended or being deleted, and starts those of tenants that are active again.
 */
@ApplicationScoped
class SuspensionHandler implements EventHandler {

    private static final Set<String> WANTED = Set.of("tenant.suspended", "tenant.deleting", "tenant.resumed",
            "tenant.undeleted");

    private final Stacks stacks;

    @Inject
    SuspensionHandler(Stacks stacks) {
        this.stacks = stacks;
    }

    @Override
    public String name() {
        return "stacks-suspension";
    }

    @Override
    public boolean wants(String type) {
        return WANTED.contains(type);
    }

    @Override
    public void on(Event event) {
        UUID tenant = event.tenantId();
        if (tenant != null) {
            switch (event.type()) {
                case "tenant.suspended", "tenant.deleting" -> stacks.suspend(tenant, true);
                case "tenant.resumed" -> stacks.suspend(tenant, false);
                // It is as it was before it was deleted, which may be suspended.
                case "tenant.undeleted" ->
                    stacks.suspend(tenant, !event.data().path("state").asText().equals("active"));
                default -> {
                    // nothing of ours
                }
            }
        }
    }
}
