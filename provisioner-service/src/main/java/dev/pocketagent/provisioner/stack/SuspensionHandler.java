package dev.pocketagent.provisioner.stack;

import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.event.EventHandler;

/** Stops the stacks of suspended tenants and starts those of resumed ones. */
@ApplicationScoped
class SuspensionHandler implements EventHandler {

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
    public void on(Event event) {
        UUID tenant = event.tenantId();
        if (tenant != null) {
            switch (event.type()) {
                case "tenant.suspended" -> stacks.suspend(tenant, true);
                case "tenant.resumed" -> stacks.suspend(tenant, false);
                default -> {
                    // nothing of ours
                }
            }
        }
    }
}
