-- Which PocketBase record stands for which tenant, and what was last seen when both agreed: so that it is known who changed
-- something since.
CREATE TABLE pocketbase_link (
    tenant_id    uuid        PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
    record_id    text        NOT NULL UNIQUE CHECK (length(record_id) BETWEEN 1 AND 100),
    -- In the registry's words; null where the record said nothing, or where both never agreed.
    record_name  text,
    record_plan  text,
    record_state text,
    tenant_name  text,
    tenant_plan  text,
    tenant_state text,
    -- JSON object: what was last written into fields of our own, by field.
    written      text        NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(written::jsonb) = 'object'),
    linked_at    timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL
);
ALTER TABLE pocketbase_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE pocketbase_link FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON pocketbase_link USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

-- Records whose tenants were erased: no new tenant is made after them. A record's id is random and tells nothing.
CREATE TABLE pocketbase_erased (
    record_id text        PRIMARY KEY,
    erased_at timestamptz NOT NULL
);

-- What the last runs did. A report names many tenants, so only the platform sees it.
CREATE TABLE pocketbase_run (
    id         uuid        PRIMARY KEY,
    started_at timestamptz NOT NULL,
    outcome    text        NOT NULL CHECK (outcome IN ('completed', 'partial', 'failed')),
    dry_run    boolean     NOT NULL,
    -- JSON as the API shows it.
    report     text        NOT NULL CHECK (jsonb_typeof(report::jsonb) = 'object')
);
CREATE INDEX pocketbase_run_started_at ON pocketbase_run (started_at DESC, id DESC);
ALTER TABLE pocketbase_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE pocketbase_run FORCE ROW LEVEL SECURITY;
CREATE POLICY platform_rows ON pocketbase_run USING (pocket_sees('00000000-0000-0000-0000-000000000000'))
    WITH CHECK (pocket_sees('00000000-0000-0000-0000-000000000000'));

-- The one row that replicas take turns with: who runs until when, and when the next run is due.
CREATE TABLE pocketbase_turn (
    id              boolean     PRIMARY KEY DEFAULT true CHECK (id),
    holder          uuid,
    held_until      timestamptz,
    next_run        timestamptz NOT NULL DEFAULT 'epoch',
    last_success_at timestamptz,
    CHECK ((holder IS NULL) = (held_until IS NULL))
);
INSERT INTO pocketbase_turn DEFAULT VALUES;
