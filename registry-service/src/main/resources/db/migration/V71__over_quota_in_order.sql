-- A list of those over their quota, in the order of slugs, needs both in one index; otherwise it reads tenant after tenant
-- until it has found a page of the few that are, or sorts all of them. A slug never changes, so the copy never ages.
ALTER TABLE quota ADD COLUMN slug text COLLATE "C";
-- Migrations run without a tenant, so they name all of them.
SELECT set_config('pocket.tenant', '*', true);
UPDATE quota SET slug = t.slug FROM tenant t WHERE t.id = quota.tenant_id;
CREATE INDEX quota_over_slug ON quota (slug) WHERE over;

CREATE OR REPLACE FUNCTION quota_follows_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own jsonb := coalesce(NEW.overrides::jsonb, '{}');
BEGIN
    INSERT INTO quota (tenant_id, slug, stacks_limit, cpu_millis_limit, memory_mib_limit, disk_mib_limit, volumes_limit,
                       keys_limit, sources_limit)
    SELECT NEW.id, NEW.slug, coalesce((own ->> 'stacks')::integer, p.stacks),
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
