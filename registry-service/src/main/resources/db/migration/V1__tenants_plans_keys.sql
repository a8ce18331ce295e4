-- Plans as immutable versions: what a tenant was promised stays readable for ever; a change is a new version.
CREATE TABLE plan_version (
    id                    text        PRIMARY KEY,
    plan                  text        NOT NULL CHECK (plan ~ '^[a-z][a-z0-9-]{0,39}$'),
    version               integer     NOT NULL CHECK (version > 0),
    -- Order in lists, smallest plan first.
    rank                  integer     NOT NULL,
    stacks                integer     NOT NULL CHECK (stacks >= 0),
    cpu_millis            integer     NOT NULL CHECK (cpu_millis >= 0),
    memory_mib            integer     NOT NULL CHECK (memory_mib >= 0),
    disk_mib              integer     NOT NULL CHECK (disk_mib >= 0),
    keys                  integer     NOT NULL CHECK (keys >= 0),
    sources               integer     NOT NULL CHECK (sources >= 0),
    requests_per_minute   integer     NOT NULL CHECK (requests_per_minute >= 0),
    tokens_per_minute     integer     NOT NULL CHECK (tokens_per_minute >= 0),
    monthly_budget_micros bigint      NOT NULL CHECK (monthly_budget_micros >= 0),
    models                text[]      NOT NULL,
    templates             text[]      NOT NULL,
    daily_backup          boolean     NOT NULL,
    created_at            timestamptz NOT NULL DEFAULT now(),
    UNIQUE (plan, version),
    CHECK (id = plan || '@' || version)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER plan_version_is_immutable BEFORE UPDATE OR DELETE ON plan_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_version_is_kept BEFORE TRUNCATE ON plan_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Under row-level security an index serves only leakproof operators. LIKE is none, but < and >= are: so searching by a
-- prefix is a range over text in byte order.
CREATE TABLE tenant (
    id           uuid        PRIMARY KEY,
    slug         text        COLLATE "C" NOT NULL CHECK (slug ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'),
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    name_lower   text        COLLATE "C" GENERATED ALWAYS AS (lower(name)) STORED,
    plan         text        NOT NULL,
    plan_version integer     NOT NULL,
    state        text        NOT NULL CHECK (state IN ('active', 'suspended', 'deleting', 'deleted')),
    -- Of the last transition.
    reason       text        CHECK (length(reason) <= 500),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    version      bigint      NOT NULL,
    FOREIGN KEY (plan, plan_version) REFERENCES plan_version (plan, version)
);
CREATE UNIQUE INDEX tenant_slug ON tenant (slug);
CREATE INDEX tenant_name_lower ON tenant (name_lower);
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON tenant USING (pocket_sees(id)) WITH CHECK (pocket_sees(id));

-- Only the digest of a key is stored. Keys of the platform (operators, services) have no tenant.
CREATE TABLE api_key (
    id           uuid        PRIMARY KEY,
    tenant_id    uuid        REFERENCES tenant (id),
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    role         text        NOT NULL CHECK (role IN ('operator', 'support', 'auditor', 'tenant-admin',
                                                      'tenant-developer', 'agent', 'service')),
    scopes       text[]      NOT NULL,
    start        text        NOT NULL,
    sha256       bytea       NOT NULL CHECK (length(sha256) = 32),
    created_at   timestamptz NOT NULL,
    created_by   uuid,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    version      bigint      NOT NULL,
    CHECK ((tenant_id IS NOT NULL) = (role IN ('tenant-admin', 'tenant-developer', 'agent')))
);
CREATE UNIQUE INDEX api_key_sha256 ON api_key (sha256);
CREATE INDEX api_key_tenant ON api_key (tenant_id, id);
ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON api_key USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));

-- Everything that the check of a key needs, in one round trip. It runs before anybody's tenant is known, so it sees all
-- rows, and only while it runs. (SET pocket.tenant as part of the function would say the same more shortly, but PostgreSQL
-- lets only superusers attach a setting that no extension has declared.)
CREATE FUNCTION find_key(digest bytea)
    RETURNS TABLE (key_id uuid, key_role text, key_scopes text[], key_expires_at timestamptz, key_revoked boolean,
                   of_tenant uuid, tenant_slug text, tenant_state text, tenant_plan text, tenant_plan_version integer)
    LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    scope_before text := coalesce(current_setting('pocket.tenant', true), '');
BEGIN
    PERFORM set_config('pocket.tenant', '*', true);
    RETURN QUERY
        SELECT k.id, k.role, k.scopes, k.expires_at, k.revoked_at IS NOT NULL,
               k.tenant_id, t.slug, t.state, t.plan, t.plan_version
        FROM api_key k LEFT JOIN tenant t ON t.id = k.tenant_id
        WHERE k.sha256 = digest;
    PERFORM set_config('pocket.tenant', scope_before, true);
END
$$;
