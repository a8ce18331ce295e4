-- One row for every request that went to a provider. The id is a UUIDv7 made by the router, so it orders by time, finds
-- the rows of a period, and makes writing a row twice harmless.
CREATE TABLE model_usage (
    id            uuid        PRIMARY KEY,
    at            timestamptz NOT NULL,
    tenant_id     uuid        NOT NULL,
    key_id        uuid        NOT NULL,
    request_id    text        NOT NULL CHECK (length(request_id) <= 200),
    model         text        NOT NULL,
    provider      text        NOT NULL,
    input_tokens  bigint      NOT NULL CHECK (input_tokens >= 0),
    output_tokens bigint      NOT NULL CHECK (output_tokens >= 0),
    cost_micros   bigint      NOT NULL CHECK (cost_micros >= 0),
    usage_source  text        NOT NULL CHECK (usage_source IN ('reported', 'estimated', 'none')),
    status        text        NOT NULL CHECK (status IN ('ok', 'client_left', 'interrupted', 'failed')),
    duration_ms   bigint      NOT NULL CHECK (duration_ms >= 0),
    streamed      boolean     NOT NULL
);
-- Lists of one tenant, newest first, and sums over a period of one tenant.
CREATE INDEX model_usage_tenant ON model_usage (tenant_id, id);

ALTER TABLE model_usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_usage FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON model_usage USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
