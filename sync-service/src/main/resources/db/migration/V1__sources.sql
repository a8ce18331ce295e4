-- Sources: where a tenant's context and skills come from.
CREATE TABLE source (
    id               uuid        PRIMARY KEY,
    tenant_id        uuid        NOT NULL,
    name             text        NOT NULL CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    kind             text        NOT NULL CHECK (kind IN ('git', 'local')),
    url              text        CHECK (length(url) <= 2000),
    path             text        CHECK (length(path) <= 4000),
    ref              text        CHECK (length(ref) <= 200),
    username         text        CHECK (length(username) <= 200),
    token            bytea,
    forge            text        NOT NULL,
    -- Never null and never empty: a webhook without a secret is impossible.
    webhook_secret   bytea       NOT NULL CHECK (length(webhook_secret) > 0),
    publish_to       text        CHECK (length(publish_to) <= 200),
    interval_seconds integer     NOT NULL CHECK (interval_seconds BETWEEN 10 AND 86400),
    version          bigint      NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    CONSTRAINT source_name UNIQUE (tenant_id, name),
    CONSTRAINT source_publish_to UNIQUE (tenant_id, publish_to),
    CONSTRAINT source_place CHECK (CASE kind WHEN 'git' THEN url IS NOT NULL AND path IS NULL
                                             ELSE path IS NOT NULL AND url IS NULL END)
);

-- Revisions: immutable states of a source, numbered in the order in which they went live. Old ones are let go.
CREATE TABLE revision (
    source_id    uuid        NOT NULL REFERENCES source ON DELETE CASCADE,
    number       bigint      NOT NULL CHECK (number > 0),
    tenant_id    uuid        NOT NULL,
    revision     text        NOT NULL CHECK (revision ~ '^[0-9a-f]{40}$'),
    tree_id      text        NOT NULL CHECK (tree_id ~ '^[0-9a-f]{40}$'),
    subject      text        NOT NULL,
    committed_at timestamptz NOT NULL,
    forced       boolean     NOT NULL,
    files        integer     NOT NULL,
    bytes        bigint      NOT NULL,
    warnings     text        NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (source_id, number)
);

-- The pointer: one row a source. Moving it is what makes a revision live, for all readers at once.
CREATE TABLE live (
    source_id    uuid        PRIMARY KEY REFERENCES source ON DELETE CASCADE,
    tenant_id    uuid        NOT NULL,
    number       bigint,
    remote_id    text,
    published_at timestamptz,
    -- When the remote last agreed with what is live; its distance to now is the staleness that readers are told.
    checked_at   timestamptz,
    error_code   text,
    error_detail text,
    error_at     timestamptz,
    FOREIGN KEY (source_id, number) REFERENCES revision (source_id, number)
);
CREATE INDEX live_checked_at ON live (checked_at);

-- When each source is looked at next without anybody asking.
CREATE TABLE schedule (
    source_id uuid        PRIMARY KEY REFERENCES source ON DELETE CASCADE,
    tenant_id uuid        NOT NULL,
    next_run  timestamptz NOT NULL,
    failures  integer     NOT NULL DEFAULT 0 CHECK (failures >= 0)
);
CREATE INDEX schedule_next_run ON schedule (next_run);

ALTER TABLE source ENABLE ROW LEVEL SECURITY;
ALTER TABLE source FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON source USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
ALTER TABLE revision ENABLE ROW LEVEL SECURITY;
ALTER TABLE revision FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON revision USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
ALTER TABLE live ENABLE ROW LEVEL SECURITY;
ALTER TABLE live FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON live USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
ALTER TABLE schedule ENABLE ROW LEVEL SECURITY;
ALTER TABLE schedule FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON schedule USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
