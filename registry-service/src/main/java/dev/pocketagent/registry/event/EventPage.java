package dev.pocketagent.registry.event;

import java.util.List;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

import dev.pocketagent.kit.event.Event;

/**
 * Part of the feed.
 *
 * @param next send it as {@code after} to go on from here
 */
@Schema(name = "EventPage", examples = """
        {"items":[{"seq":42,"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","type":"tenant.suspended",
          "tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11","at":"2026-11-21T10:15:30.123456Z",
          "data":{"slug":"acme","state":"suspended","reason":"invoice 42 unpaid"}}],"next":42}""")
public record EventPage(List<Event> items, long next) {

    public EventPage {
        items = List.copyOf(items);
    }
}
