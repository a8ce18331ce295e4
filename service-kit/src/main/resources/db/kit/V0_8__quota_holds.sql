-- What the things of this service take of their tenants' quotas, one row a thing: what it should be ("wanted") beside what the
-- registry is known to hold for it. A settler makes the second follow the first, and looks at the row alone for that.
CREATE TABLE quota_hold (
    -- For example stack/<id>. In byte order, by which it is paged through.
    holder       text COLLATE "C" PRIMARY KEY CHECK (length(holder) BETWEEN 1 AND 200),
    tenant_id    uuid        NOT NULL,
    -- Amounts by the registry's names. Null: the thing is gone, give all back.
    wanted       jsonb,
    -- A reservation that the transaction which wrote "wanted" had taken before, and that is to be confirmed.
    open_id      uuid,
    confirmed_id uuid,
    confirmed    jsonb,
    -- Counts up with every change of the columns above; begins with the time, so that no thing has the same one twice.
    version      bigint      NOT NULL,
    -- When to look at it; null: settled.
    next_try     timestamptz,
    tries        integer     NOT NULL DEFAULT 0 CHECK (tries >= 0),
    trouble      text,
    -- When the registry last said that it holds what is confirmed.
    checked_at   timestamptz,
    CHECK ((confirmed_id IS NULL) = (confirmed IS NULL))
);
-- What is due, reservations that would expire first.
CREATE INDEX quota_hold_due ON quota_hold ((open_id IS NULL), next_try) WHERE next_try IS NOT NULL;
CREATE INDEX quota_hold_checked_at ON quota_hold (checked_at) WHERE next_try IS NULL;
CREATE INDEX quota_hold_tenant ON quota_hold (tenant_id);
ALTER TABLE quota_hold ENABLE ROW LEVEL SECURITY;
ALTER TABLE quota_hold FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON quota_hold USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
