package dev.pocketagent.registry.audit;

import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.ExportPart;

/** A tenant's trail in its export, oldest row first, with the details opened. */
@ApplicationScoped
class AuditPart implements ExportPart {

    private static final int ROWS_AT_ONCE = 500;

    private final AuditTrail trail;
    private final Details details;

    @Inject
    AuditPart(AuditTrail trail, Details details) {
        this.trail = trail;
        this.details = details;
    }

    @Override
    public String file() {
        return "audit.jsonl";
    }

    @Override
    public String about() {
        return "who changed what, oldest first";
    }

    @Override
    public Piece read(UUID tenantId, @Nullable Object from) {
        List<AuditRow> found = trail.onwards(tenantId, from == null ? 0 : (Long) from, ROWS_AT_ONCE);
        return new Piece(details.views(found), found.size() == ROWS_AT_ONCE ? found.getLast().seq() : null);
    }
}
