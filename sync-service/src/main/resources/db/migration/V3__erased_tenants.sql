-- Tenants that the registry erased, so that what a crash, another machine or work under way left of them on disk is found
-- and goes, too. An id alone: what it stood for is gone.
CREATE TABLE erased_tenant (
    tenant_id uuid PRIMARY KEY
);
ALTER TABLE erased_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON erased_tenant USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
