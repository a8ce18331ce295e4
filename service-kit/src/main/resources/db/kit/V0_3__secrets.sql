-- One data key per tenant, wrapped by the key-encryption key; destroying the row shreds the tenant's secrets.
-- The platform's own secrets belong to the tenant 00000000-0000-0000-0000-000000000000.
CREATE TABLE data_key (
    tenant_id  uuid        PRIMARY KEY,
    kek_id     text        NOT NULL,
    wrapped    bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE data_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE data_key FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON data_key
    USING (tenant_id = '00000000-0000-0000-0000-000000000000' OR pocket_sees(tenant_id))
    WITH CHECK (tenant_id = '00000000-0000-0000-0000-000000000000' OR pocket_sees(tenant_id));

-- A known text under the key-encryption key: opened at start, so that a wrong key stops the service before it harms data.
CREATE TABLE secret_canary (
    kek_id     text        PRIMARY KEY,
    sealed     bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
