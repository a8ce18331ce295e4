package dev.pocketagent.sync.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;

import dev.pocketagent.sync.git.GitStores;
import dev.pocketagent.sync.publish.DirectoryPublisher;
import dev.pocketagent.sync.source.ErasedTenants;
import dev.pocketagent.sync.source.Withdrawn;

/** Takes what lies on disk for a source or a tenant away, after the change that made it useless is certain. */
@ApplicationScoped
class Cleanup {

    private static final Logger LOG = Logger.getLogger(Cleanup.class);

    private final GitStores stores;
    private final DirectoryPublisher publisher;
    private final ErasedTenants erasedTenants;

    @Inject
    Cleanup(GitStores stores, DirectoryPublisher publisher, ErasedTenants erasedTenants) {
        this.stores = stores;
        this.publisher = publisher;
        this.erasedTenants = erasedTenants;
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

    void erased(@Observes(during = TransactionPhase.AFTER_SUCCESS) ErasedTenants.Erased event) {
        erase(event.tenantId());
    }

    /**
     * Deletes what this machine still has of erased tenants: a process was killed before it came to it, another machine took
     * the event, or a worker wrote on for a moment.
     */
    void sweep() {
        erasedTenants.all().forEach(this::erase);
    }

    private void erase(UUID tenantId) {
        try {
            publisher.withdrawAll(Path.of(tenantId.toString()));
            stores.deleteAll(tenantId);
        } catch (IOException left) {
            LOG.warnf("Files of the erased tenant %s could not be deleted, trying again within the hour: %s", tenantId,
                    left.getMessage());
        }
    }
}
