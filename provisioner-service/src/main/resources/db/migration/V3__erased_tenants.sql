-- Tenants that the registry has erased. No stack of theirs is made again, and the end of their last deletions leaves no history.
CREATE TABLE erased_tenant (
    tenant_id uuid        PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
ALTER TABLE erased_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON erased_tenant USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
