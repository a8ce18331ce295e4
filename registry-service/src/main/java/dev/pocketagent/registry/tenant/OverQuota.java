package dev.pocketagent.registry.tenant;

import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;

/** Of a tenant's quota the one thing that lists of tenants ask for. */
@Entity
@Immutable
@Table(name = "quota")
class OverQuota {

    @Id
    @Column(name = "tenant_id")
    UUID tenantId;
    @Column(name = "over")
    boolean isOver;
    /** The tenant's, which never changes: so that one index has those over their quota in the order of lists. */
    String slug;

    @SuppressWarnings("NullAway.Init")
    protected OverQuota() {}
}
