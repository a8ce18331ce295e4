-- What should run. One row a stack; the newest desired state only.
CREATE TABLE stack (
    id               uuid        PRIMARY KEY,
    tenant_id        uuid        NOT NULL,
    tenant_slug      text        NOT NULL,
    name             text        NOT NULL CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    template         text        NOT NULL,
    template_version integer     NOT NULL,
    backend          text        NOT NULL,
    -- As given, with defaults filled in and without secrets.
    parameters       jsonb       NOT NULL,
    cpu_millis       integer     NOT NULL CHECK (cpu_millis > 0),
    memory_mib       integer     NOT NULL CHECK (memory_mib > 0),
    -- Counts up with every change of the desired state.
    revision         bigint      NOT NULL CHECK (revision > 0),
    spec_hash        text        NOT NULL,
    desired          text        NOT NULL CHECK (desired IN ('running', 'stopped', 'deleted')),
    -- The tenant is suspended: nothing runs, whatever is desired, until it is resumed.
    suspended        boolean     NOT NULL DEFAULT false,
    state            text        NOT NULL CHECK (state IN ('pending', 'deploying', 'running', 'bundled', 'stopped', 'failed')),
    -- For ETags: counts up with every change that a caller makes.
    version          bigint      NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE UNIQUE INDEX stack_name ON stack (tenant_id, name) WHERE desired <> 'deleted';
CREATE INDEX stack_tenant ON stack (tenant_id, id);
ALTER TABLE stack ENABLE ROW LEVEL SECURITY;
ALTER TABLE stack FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON stack USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

-- Secret parameters, sealed with the tenant's data key. The version goes into hashes, the value never.
CREATE TABLE stack_secret (
    stack_id  uuid   NOT NULL REFERENCES stack (id) ON DELETE CASCADE,
    tenant_id uuid   NOT NULL,
    reference text   NOT NULL,
    version   bigint NOT NULL CHECK (version > 0),
    sealed    bytea  NOT NULL,
    PRIMARY KEY (stack_id, reference)
);
ALTER TABLE stack_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE stack_secret FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON stack_secret USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
