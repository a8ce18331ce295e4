-- Tenants that the registry erased. Rows of theirs that come late, out of a request that was in flight or the files of an
-- instance that was down, are dropped. An id alone: what it stood for is gone.
CREATE TABLE erased_tenant (
    tenant_id uuid PRIMARY KEY
);
ALTER TABLE erased_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON erased_tenant USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

-- What erased tenants used, all of them together, a day (UTC) and model, so that an operator's sums still agree with the
-- bills of the providers. The platform's own: transactions of a tenant do not see it.
CREATE TABLE erased_usage (
    day                date   NOT NULL,
    model              text   NOT NULL,
    provider           text   NOT NULL,
    requests           bigint NOT NULL CHECK (requests > 0),
    estimated_requests bigint NOT NULL CHECK (estimated_requests BETWEEN 0 AND requests),
    input_tokens       bigint NOT NULL CHECK (input_tokens >= 0),
    output_tokens      bigint NOT NULL CHECK (output_tokens >= 0),
    cost_micros        bigint NOT NULL CHECK (cost_micros >= 0),
    PRIMARY KEY (day, model, provider)
);
ALTER TABLE erased_usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_usage FORCE ROW LEVEL SECURITY;
CREATE POLICY platform_rows ON erased_usage USING (pocket_sees('00000000-0000-0000-0000-000000000000'))
    WITH CHECK (pocket_sees('00000000-0000-0000-0000-000000000000'));
