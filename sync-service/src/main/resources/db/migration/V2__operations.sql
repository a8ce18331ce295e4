-- Operations: the work queue and the record of what was done. Taken with FOR UPDATE SKIP LOCKED, held by a lease with a
-- heartbeat; the fence rises with every taking, so that a holder that lost its lease cannot finish or publish.
CREATE TABLE operation (
    id           uuid        PRIMARY KEY,
    tenant_id    uuid        NOT NULL,
    source_id    uuid        NOT NULL REFERENCES source ON DELETE CASCADE,
    kind         text        NOT NULL CHECK (kind IN ('sync')),
    cause        text        NOT NULL CHECK (cause IN ('created', 'changed', 'manual', 'webhook', 'schedule', 'watch', 'repair')),
    state        text        NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    error_code   text,
    error_detail text,
    changed      boolean     NOT NULL DEFAULT false,
    attempts     integer     NOT NULL DEFAULT 0,
    fence        bigint      NOT NULL DEFAULT 0,
    lease_until  timestamptz,
    created_at   timestamptz NOT NULL,
    started_at   timestamptz,
    ended_at     timestamptz
);
-- One running and one waiting operation a source: a burst of webhooks is one more look, not a queue.
CREATE UNIQUE INDEX operation_one_queued ON operation (source_id) WHERE state = 'queued';
CREATE UNIQUE INDEX operation_one_running ON operation (source_id) WHERE state = 'running';
CREATE INDEX operation_open ON operation (created_at) WHERE state IN ('queued', 'running');
CREATE INDEX operation_source ON operation (source_id, id DESC);
CREATE INDEX operation_ended_at ON operation (ended_at);

CREATE TABLE operation_step (
    operation_id uuid        NOT NULL REFERENCES operation ON DELETE CASCADE,
    position     integer     NOT NULL,
    tenant_id    uuid        NOT NULL,
    name         text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('running', 'succeeded', 'failed')),
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    message      text        NOT NULL,
    PRIMARY KEY (operation_id, position)
);

-- Deliveries that were accepted: GitHub, Gitea and Bitbucket sign no time, so a delivery sent twice is known by its id.
CREATE TABLE webhook_delivery (
    source_id   uuid        NOT NULL REFERENCES source ON DELETE CASCADE,
    delivery_id text        NOT NULL CHECK (length(delivery_id) BETWEEN 1 AND 200),
    tenant_id   uuid        NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, delivery_id)
);
CREATE INDEX webhook_delivery_received_at ON webhook_delivery (received_at);

-- Tenants that the operator suspended, as the registry's events say: nothing is fetched for them.
CREATE TABLE suspended_tenant (
    tenant_id uuid PRIMARY KEY
);

ALTER TABLE operation ENABLE ROW LEVEL SECURITY;
ALTER TABLE operation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON operation USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
ALTER TABLE operation_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE operation_step FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON operation_step USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
ALTER TABLE webhook_delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON webhook_delivery USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
ALTER TABLE suspended_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE suspended_tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON suspended_tenant USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
