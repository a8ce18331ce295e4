package dev.pocketagent.registry.tenant;

import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.jspecify.annotations.Nullable;

/** A customer of the platform, as it is stored. */
@Entity
@Table(name = "tenant")
public class Tenant {

    @Id
    UUID id;
    String slug;
    String name;
    @Column(name = "name_lower", insertable = false, updatable = false)
    @Nullable
    String nameLower;
    String plan;
    @Column(name = "plan_version")
    int planVersion;
    String state;
    @Nullable
    String reason;
    @Column(name = "created_at")
    Instant createdAt;
    @Column(name = "updated_at")
    Instant updatedAt;
    /** Grows with every change; changes are made under the row's lock. */
    long version;

    @SuppressWarnings("NullAway.Init")
    protected Tenant() {}

    public UUID id() {
        return id;
    }

    public String slug() {
        return slug;
    }

    public TenantState state() {
        return TenantState.ofText(state).orElseThrow();
    }

    public String plan() {
        return plan;
    }

    public int planVersion() {
        return planVersion;
    }

    void changed(Instant now) {
        updatedAt = now;
        version++;
    }
}
