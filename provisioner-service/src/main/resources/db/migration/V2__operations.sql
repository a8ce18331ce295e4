-- Long work: a queue and its own history. It outlives the stack, so that the end of a deletion can still be read.
CREATE TABLE operation (
    id             uuid        PRIMARY KEY,
    seq            bigint      GENERATED ALWAYS AS IDENTITY,
    tenant_id      uuid        NOT NULL,
    stack_id       uuid        NOT NULL,
    kind           text        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    -- Key that asked for it; null for what the platform does by itself.
    actor_key      uuid,
    attempt        integer     NOT NULL DEFAULT 0,
    mutating_calls integer     NOT NULL DEFAULT 0,
    not_before     timestamptz NOT NULL,
    lease_owner    text,
    lease_until    timestamptz,
    -- Counts up with every claim. Who writes with an older one was taken for dead and is ignored.
    fence          bigint      NOT NULL DEFAULT 0,
    cancel_asked   boolean     NOT NULL DEFAULT false,
    -- Counts up with every visible change: what streams ask for.
    changes        bigint      NOT NULL DEFAULT 0,
    error_code     text,
    error          text,
    created_at     timestamptz NOT NULL,
    started_at     timestamptz,
    ended_at       timestamptz,
    CHECK (state <> 'running' OR lease_until IS NOT NULL)
);
-- Two workers never change the same stack at once, whatever else goes wrong.
CREATE UNIQUE INDEX operation_one_running ON operation (stack_id) WHERE state = 'running';
-- The claim's scan: only what is open.
CREATE INDEX operation_open ON operation (seq) WHERE state IN ('queued', 'running');
CREATE INDEX operation_stack ON operation (stack_id, seq);
ALTER TABLE operation ENABLE ROW LEVEL SECURITY;
ALTER TABLE operation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON operation USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

CREATE TABLE operation_step (
    operation_id uuid        NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
    tenant_id    uuid        NOT NULL,
    position     integer     NOT NULL,
    name         text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'interrupted')),
    started_at   timestamptz,
    ended_at     timestamptz,
    message      text        NOT NULL DEFAULT '',
    PRIMARY KEY (operation_id, position)
);
ALTER TABLE operation_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE operation_step FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON operation_step USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
