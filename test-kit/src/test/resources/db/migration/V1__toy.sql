CREATE TABLE toy (
    id        uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name      text NOT NULL UNIQUE
);
ALTER TABLE toy ENABLE ROW LEVEL SECURITY;
ALTER TABLE toy FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON toy USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
