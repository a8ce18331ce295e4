package dev.pocketagent.registry.event;

import java.util.HashMap;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.audit.HeadsExported;

/** Tells others that ends of audit chains were noted, with the digest: who keeps it has a witness outside of this machine. */
@ApplicationScoped
class HeadNews {

    private final Outbox outbox;

    @Inject
    HeadNews(Outbox outbox) {
        this.outbox = outbox;
    }

    void exported(@Observes HeadsExported news) {
        Map<String, @Nullable Object> data = new HashMap<>();
        data.put("heads", news.heads());
        data.put("sha256", news.sha256());
        data.put("file", news.file());
        outbox.publish(news.recorded(), "audit.heads-exported", data);
    }
}
