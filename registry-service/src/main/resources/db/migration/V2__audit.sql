-- Who changed what, one hash chain a tenant. The platform's own rows (operator keys, services) belong to the tenant
-- 00000000-0000-0000-0000-000000000000. Rows outlive their tenant, so there is no foreign key.
CREATE TABLE audit_row (
    tenant_id     uuid        NOT NULL,
    seq           bigint      NOT NULL CHECK (seq > 0),
    at            timestamptz NOT NULL,
    actor_key_id  uuid,
    actor_role    text        NOT NULL,
    action        text        NOT NULL,
    target        text        NOT NULL,
    -- JSON as it was hashed, byte for byte.
    detail        text        NOT NULL CHECK (detail::json IS NOT NULL),
    previous_hash bytea       NOT NULL CHECK (length(previous_hash) = 32),
    hash          bytea       NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX audit_row_at ON audit_row (at DESC, tenant_id DESC, seq DESC);
CREATE TRIGGER audit_row_is_append_only BEFORE UPDATE OR DELETE ON audit_row
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_row_is_kept BEFORE TRUNCATE ON audit_row
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON audit_row FROM CURRENT_USER;
ALTER TABLE audit_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_row FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON audit_row USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

-- Where each chain ends, so that rows cut from its end are missed.
CREATE TABLE audit_head (
    tenant_id uuid   PRIMARY KEY,
    seq       bigint NOT NULL,
    hash      bytea  NOT NULL
);
CREATE TRIGGER audit_head_is_kept BEFORE DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_head FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON audit_head USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
