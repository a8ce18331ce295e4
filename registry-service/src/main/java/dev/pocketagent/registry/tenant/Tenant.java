package dev.pocketagent.registry.tenant;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.hibernate.annotations.Formula;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.plan.LimitOverrides;

/** A customer of the platform, as it is stored. */
@Entity
@Table(name = "tenant")
public class Tenant {

    @Id
    UUID id;
    String slug;
    String name;
    String plan;
    @Column(name = "plan_version")
    int planVersion;
    /** JSON as {@link LimitOverrides#json} writes it. */
    @Nullable
    String overrides;
    @Column(name = "external_ids")
    @Convert(converter = TextMap.class)
    Map<String, String> externalIds;
    String state;
    @Nullable
    String reason;
    @Column(name = "created_at")
    Instant createdAt;
    @Column(name = "updated_at")
    Instant updatedAt;
    @Column(name = "state_changed_at")
    @Nullable
    Instant stateChangedAt;
    @Column(name = "state_changed_by")
    @Nullable
    UUID stateChangedBy;
    @Column(name = "state_before")
    @Nullable
    String stateBefore;
    @Column(name = "purge_after")
    @Nullable
    Instant purgeAfter;
    /** Grows with every change; changes are made under the row's lock. */
    long version;
    @Formula("(select q.over from quota q where q.tenant_id = id)")
    boolean overQuota;

    @SuppressWarnings("NullAway.Init")
    protected Tenant() {}

    public UUID id() {
        return id;
    }

    public String slug() {
        return slug;
    }

    public String name() {
        return name;
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

    /** Its own limits; null when all are the plan's. */
    public @Nullable LimitOverrides overrides() {
        return overrides == null ? null : LimitOverrides.parse(overrides);
    }

    /** What it is called in other systems, by the name that the system gives to it. */
    public Map<String, String> externalIds() {
        return externalIds;
    }

    public long version() {
        return version;
    }

    void changed(Instant now) {
        updatedAt = now;
        version++;
    }
}
