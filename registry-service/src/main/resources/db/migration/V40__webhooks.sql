-- Addresses outside that are told of events. A webhook is a tenant's own (tenant_id) or the platform's (tenant_id is null);
-- the platform's may be about one tenant only. Secrets are sealed with the data key of whoever owns the webhook.
CREATE TABLE webhook (
    id               uuid        PRIMARY KEY,
    tenant_id        uuid        REFERENCES tenant (id),
    about_tenant_id  uuid        REFERENCES tenant (id),
    url              text        NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    events           text[]      NOT NULL CHECK (cardinality(events) BETWEEN 1 AND 100),
    description      text        CHECK (length(description) BETWEEN 1 AND 200),
    -- Only events behind this place in the feed: where it ended when the webhook was made.
    after_seq        bigint      NOT NULL,
    secret           bytea       NOT NULL,
    -- Signs too until then: the overlap of a rotation.
    old_secret       bytea,
    old_secret_until timestamptz,
    enabled          boolean     NOT NULL,
    disabled_at      timestamptz,
    disabled_reason  text        CHECK (length(disabled_reason) <= 200),
    -- First of the failures since the last success.
    failing_since    timestamptz,
    -- The endpoint asked to be left alone until then.
    not_before       timestamptz,
    created_at       timestamptz NOT NULL,
    created_by       uuid,
    updated_at       timestamptz NOT NULL,
    version          bigint      NOT NULL,
    CHECK (tenant_id IS NULL OR about_tenant_id IS NULL),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CHECK (enabled = (disabled_at IS NULL))
);
CREATE INDEX webhook_tenant ON webhook (tenant_id, id);
CREATE INDEX webhook_about_tenant ON webhook (about_tenant_id) WHERE about_tenant_id IS NOT NULL;
ALTER TABLE webhook ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON webhook USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

-- One event for one webhook. What the event tells is read from the feed when it is sent, so nothing has to be erased here
-- but the row. A test (event_seq is null) is no event of the feed.
CREATE TABLE webhook_delivery (
    id              uuid        PRIMARY KEY,
    webhook_id      uuid        NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    -- Owner of the webhook, and whom the event is about.
    tenant_id       uuid,
    about_tenant_id uuid,
    event_seq       bigint,
    event_id        uuid        NOT NULL,
    type            text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    -- Counted when an attempt begins; also says whose the running attempt is.
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    -- Set while an attempt runs; when it passes, its replica is gone and another goes on.
    leased_until    timestamptz,
    last_status     integer,
    last_error      text        CHECK (length(last_error) <= 200),
    created_at      timestamptz NOT NULL,
    -- When it was delivered or given up.
    ended_at        timestamptz,
    UNIQUE (webhook_id, event_seq),
    CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK ((state = 'pending') = (ended_at IS NULL)),
    CHECK (state = 'pending' OR leased_until IS NULL)
);
-- The queue: which webhooks have something waiting, and what of one is due.
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (webhook_id, next_attempt_at, event_seq)
    WHERE state = 'pending';
CREATE INDEX webhook_delivery_running ON webhook_delivery (webhook_id, leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX webhook_delivery_dead ON webhook_delivery (webhook_id, id) WHERE state = 'dead';
CREATE INDEX webhook_delivery_list ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX webhook_delivery_about ON webhook_delivery (about_tenant_id) WHERE about_tenant_id IS NOT NULL;
ALTER TABLE webhook_delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON webhook_delivery USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

-- Up to where the feed has become deliveries. No webhook is older than the feed's end now.
SELECT set_config('pocket.tenant', '*', true);
INSERT INTO event_cursor (consumer, seq) SELECT 'webhooks', coalesce(max(seq), 0) FROM event
    ON CONFLICT (consumer) DO NOTHING;
SELECT set_config('pocket.tenant', '', true);
