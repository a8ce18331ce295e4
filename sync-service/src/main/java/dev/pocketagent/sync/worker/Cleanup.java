package dev.pocketagent.sync.worker;

import java.io.IOException;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;

import dev.pocketagent.sync.git.GitStores;
import dev.pocketagent.sync.publish.DirectoryPublisher;
import dev.pocketagent.sync.source.Withdrawn;

/** Takes what lies on disk for a source away, after the change that made it useless is certain. */
@ApplicationScoped
class Cleanup {

    private static final Logger LOG = Logger.getLogger(Cleanup.class);

    private final GitStores stores;
    private final DirectoryPublisher publisher;

    @Inject
    Cleanup(GitStores stores, DirectoryPublisher publisher) {
        this.stores = stores;
        this.publisher = publisher;
    }

    void withdrawn(@Observes(during = TransactionPhase.AFTER_SUCCESS) Withdrawn event) {
        try {
            String publishTo = event.publishTo();
            if (publishTo != null) {
                publisher.withdraw(Synchronizer.publishFolder(event.tenantId(), publishTo));
            }
            UUID sourceId = event.sourceId();
            if (sourceId != null) {
                stores.delete(event.tenantId(), sourceId);
            }
        } catch (IOException left) {
            LOG.warnf("Files of source %s could not be deleted: %s", event.sourceId(), left.getMessage());
        }
    }
}
