-- What a tenant may have, has, and is about to have: one row a tenant, so that a reservation of several resources is one
-- conditional UPDATE. "used" is confirmed, "reserved" is held by open reservations until they are confirmed or expire.
CREATE TABLE quota (
    tenant_id           uuid    PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
    stacks_limit        integer NOT NULL,
    stacks_used         integer NOT NULL DEFAULT 0 CHECK (stacks_used >= 0),
    stacks_reserved     integer NOT NULL DEFAULT 0 CHECK (stacks_reserved >= 0),
    cpu_millis_limit    integer NOT NULL,
    cpu_millis_used     integer NOT NULL DEFAULT 0 CHECK (cpu_millis_used >= 0),
    cpu_millis_reserved integer NOT NULL DEFAULT 0 CHECK (cpu_millis_reserved >= 0),
    memory_mib_limit    integer NOT NULL,
    memory_mib_used     integer NOT NULL DEFAULT 0 CHECK (memory_mib_used >= 0),
    memory_mib_reserved integer NOT NULL DEFAULT 0 CHECK (memory_mib_reserved >= 0),
    disk_mib_limit      integer NOT NULL,
    disk_mib_used       integer NOT NULL DEFAULT 0 CHECK (disk_mib_used >= 0),
    disk_mib_reserved   integer NOT NULL DEFAULT 0 CHECK (disk_mib_reserved >= 0),
    volumes_limit       integer NOT NULL,
    volumes_used        integer NOT NULL DEFAULT 0 CHECK (volumes_used >= 0),
    volumes_reserved    integer NOT NULL DEFAULT 0 CHECK (volumes_reserved >= 0),
    keys_limit          integer NOT NULL,
    keys_used           integer NOT NULL DEFAULT 0 CHECK (keys_used >= 0),
    keys_reserved       integer NOT NULL DEFAULT 0 CHECK (keys_reserved >= 0),
    sources_limit       integer NOT NULL,
    sources_used        integer NOT NULL DEFAULT 0 CHECK (sources_used >= 0),
    sources_reserved    integer NOT NULL DEFAULT 0 CHECK (sources_reserved >= 0),
    -- More is used than allowed, after a move to a smaller plan: nothing is taken away, and nothing new is given.
    over                boolean NOT NULL GENERATED ALWAYS AS (
        stacks_used + stacks_reserved > stacks_limit OR cpu_millis_used + cpu_millis_reserved > cpu_millis_limit
        OR memory_mib_used + memory_mib_reserved > memory_mib_limit OR disk_mib_used + disk_mib_reserved > disk_mib_limit
        OR volumes_used + volumes_reserved > volumes_limit OR keys_used + keys_reserved > keys_limit
        OR sources_used + sources_reserved > sources_limit) STORED
);
CREATE INDEX quota_over ON quota (tenant_id) WHERE over;
ALTER TABLE quota ENABLE ROW LEVEL SECURITY;
ALTER TABLE quota FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON quota USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

-- The limits follow the tenant's plan and overrides, also when the version of the service before this one changes them.
CREATE FUNCTION quota_follows_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own jsonb := coalesce(NEW.overrides::jsonb, '{}');
BEGIN
    INSERT INTO quota (tenant_id, stacks_limit, cpu_millis_limit, memory_mib_limit, disk_mib_limit, volumes_limit,
                       keys_limit, sources_limit)
    SELECT NEW.id, coalesce((own ->> 'stacks')::integer, p.stacks),
           coalesce((own ->> 'cpuMillis')::integer, p.cpu_millis),
           coalesce((own ->> 'memoryMib')::integer, p.memory_mib),
           coalesce((own ->> 'diskMib')::integer, p.disk_mib), coalesce((own ->> 'volumes')::integer, p.volumes),
           coalesce((own ->> 'keys')::integer, p.keys), coalesce((own ->> 'sources')::integer, p.sources)
    FROM plan_version p WHERE p.plan = NEW.plan AND p.version = NEW.plan_version
    ON CONFLICT (tenant_id) DO UPDATE
    SET stacks_limit = excluded.stacks_limit, cpu_millis_limit = excluded.cpu_millis_limit,
        memory_mib_limit = excluded.memory_mib_limit, disk_mib_limit = excluded.disk_mib_limit,
        volumes_limit = excluded.volumes_limit, keys_limit = excluded.keys_limit,
        sources_limit = excluded.sources_limit;
    RETURN NULL;
END
$$;
CREATE TRIGGER quota_follows_new_tenant AFTER INSERT ON tenant FOR EACH ROW EXECUTE FUNCTION quota_follows_tenant();
CREATE TRIGGER quota_follows_tenant AFTER UPDATE OF plan, plan_version, overrides ON tenant
    FOR EACH ROW EXECUTE FUNCTION quota_follows_tenant();

-- A key that takes part in keys_used. Not those that expired and were given back, nor the old one of a rotation.
ALTER TABLE api_key ADD COLUMN counted boolean NOT NULL DEFAULT false;

-- Tenants and keys that are there already. Migrations run without a tenant, so they name all of them.
SELECT set_config('pocket.tenant', '*', true);
UPDATE api_key SET counted = true
WHERE tenant_id IS NOT NULL AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now());
UPDATE tenant SET plan = plan;
UPDATE quota SET keys_used = held.keys
FROM (SELECT tenant_id, count(*) AS keys FROM api_key WHERE counted GROUP BY tenant_id) held
WHERE held.tenant_id = quota.tenant_id;

-- The last line of defence, whatever our queries say: what is held never grows beyond the limit. It may stay beyond it.
CREATE FUNCTION quota_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.stacks_used + NEW.stacks_reserved > greatest(NEW.stacks_limit, OLD.stacks_used + OLD.stacks_reserved)
        OR NEW.cpu_millis_used + NEW.cpu_millis_reserved
            > greatest(NEW.cpu_millis_limit, OLD.cpu_millis_used + OLD.cpu_millis_reserved)
        OR NEW.memory_mib_used + NEW.memory_mib_reserved
            > greatest(NEW.memory_mib_limit, OLD.memory_mib_used + OLD.memory_mib_reserved)
        OR NEW.disk_mib_used + NEW.disk_mib_reserved
            > greatest(NEW.disk_mib_limit, OLD.disk_mib_used + OLD.disk_mib_reserved)
        OR NEW.volumes_used + NEW.volumes_reserved
            > greatest(NEW.volumes_limit, OLD.volumes_used + OLD.volumes_reserved)
        OR NEW.keys_used + NEW.keys_reserved > greatest(NEW.keys_limit, OLD.keys_used + OLD.keys_reserved)
        OR NEW.sources_used + NEW.sources_reserved
            > greatest(NEW.sources_limit, OLD.sources_used + OLD.sources_reserved)
    THEN
        RAISE EXCEPTION 'the quota of tenant % would be passed', NEW.tenant_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER quota_holds BEFORE UPDATE ON quota FOR EACH ROW EXECUTE FUNCTION quota_holds();

-- Somebody's claim on part of a quota: "holder" says what for, for example stack/<id>. Open ones end by themselves.
CREATE TABLE reservation (
    id         uuid        PRIMARY KEY,
    tenant_id  uuid        NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    holder     text        NOT NULL CHECK (length(holder) BETWEEN 1 AND 200),
    state      text        NOT NULL CHECK (state IN ('open', 'confirmed', 'released', 'expired', 'replaced')),
    stacks     integer     NOT NULL DEFAULT 0 CHECK (stacks >= 0),
    cpu_millis integer     NOT NULL DEFAULT 0 CHECK (cpu_millis >= 0),
    memory_mib integer     NOT NULL DEFAULT 0 CHECK (memory_mib >= 0),
    disk_mib   integer     NOT NULL DEFAULT 0 CHECK (disk_mib >= 0),
    volumes    integer     NOT NULL DEFAULT 0 CHECK (volumes >= 0),
    keys       integer     NOT NULL DEFAULT 0 CHECK (keys >= 0),
    sources    integer     NOT NULL DEFAULT 0 CHECK (sources >= 0),
    -- The confirmed reservation that this one takes over from when it is confirmed; it holds only what it needs beyond that.
    replaces   uuid        REFERENCES reservation (id),
    created_at timestamptz NOT NULL,
    created_by uuid,
    -- Of an open one.
    expires_at timestamptz,
    -- When it was confirmed, and when it was released, expired or was replaced.
    confirmed_at timestamptz,
    ended_at   timestamptz,
    version    bigint      NOT NULL,
    CHECK ((state = 'open') = (expires_at IS NOT NULL)),
    CHECK (stacks + cpu_millis + memory_mib + disk_mib + volumes + keys + sources > 0)
);
CREATE INDEX reservation_tenant ON reservation (tenant_id, id);
CREATE INDEX reservation_holder ON reservation (tenant_id, holder) WHERE state IN ('open', 'confirmed');
CREATE INDEX reservation_expires_at ON reservation (expires_at) WHERE state = 'open';
-- One claim at a time may take over from another.
CREATE UNIQUE INDEX reservation_replaces ON reservation (replaces) WHERE state = 'open';
ALTER TABLE reservation ENABLE ROW LEVEL SECURITY;
ALTER TABLE reservation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON reservation USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

-- As find_key, which the version before this one goes on using, with the tenant's own limits.
CREATE FUNCTION check_key(digest bytea)
    RETURNS TABLE (key_id uuid, key_role text, key_scopes text[], key_expires_at timestamptz, key_revoked boolean,
                   of_tenant uuid, tenant_slug text, tenant_state text, tenant_plan text, tenant_plan_version integer,
                   tenant_overrides text)
    LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    scope_before text := coalesce(current_setting('pocket.tenant', true), '');
BEGIN
    PERFORM set_config('pocket.tenant', '*', true);
    RETURN QUERY
        SELECT k.id, k.role, k.scopes, k.expires_at, k.revoked_at IS NOT NULL,
               k.tenant_id, t.slug, t.state, t.plan, t.plan_version, t.overrides
        FROM api_key k LEFT JOIN tenant t ON t.id = k.tenant_id
        WHERE k.sha256 = digest;
    PERFORM set_config('pocket.tenant', scope_before, true);
END
$$;
