package dev.pocketagent.testkit.toy;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

import jakarta.enterprise.context.ApplicationScoped;

import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.event.EventHandler;

/** What the feed told the toy service. */
@ApplicationScoped
public class Heard implements EventHandler {

    private final List<Event> events = new CopyOnWriteArrayList<>();

    @Override
    public String name() {
        return "toy-heard";
    }

    @Override
    public boolean wants(String type) {
        return !type.equals("plan.created");
    }

    @Override
    public void on(Event event) {
        events.add(event);
    }

    /** Types of all events that it was told of. */
    public List<String> types() {
        return events.stream().map(Event::type).toList();
    }

    /** Types of all events about a tenant, in their order. */
    public List<String> of(UUID tenant) {
        return events.stream().filter(event -> tenant.equals(event.tenantId())).map(Event::type).toList();
    }
}
