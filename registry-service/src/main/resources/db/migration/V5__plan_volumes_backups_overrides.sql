-- Three more figures of a plan, and what may differ from it. The versions that exist get their figures here: the columns are
-- new, so no promise is changed, and the trigger that guards promises is only out of the way for that.
ALTER TABLE plan_version
    ADD COLUMN volumes               integer NOT NULL DEFAULT 0 CHECK (volumes >= 0),
    ADD COLUMN backup_retention_days integer NOT NULL DEFAULT 0 CHECK (backup_retention_days BETWEEN 0 AND 3650),
    -- Whether a tenant of this plan may have limits of its own.
    ADD COLUMN overridable           boolean NOT NULL DEFAULT false;
ALTER TABLE plan_version DISABLE TRIGGER plan_version_is_immutable;
UPDATE plan_version SET (volumes, backup_retention_days, overridable) = (
    SELECT v.volumes, v.days, v.overridable
    FROM (VALUES ('starter', 4, 0, false), ('team', 20, 7, false), ('business', 75, 30, false),
                 ('sovereign', 1000, 90, true)) AS v (plan, volumes, days, overridable)
    WHERE v.plan = plan_version.plan)
WHERE version = 1 AND plan IN ('starter', 'team', 'business', 'sovereign');
ALTER TABLE plan_version ENABLE TRIGGER plan_version_is_immutable;

ALTER TABLE tenant
    -- JSON object with the limits that differ from the plan's, by their names in the API.
    ADD COLUMN overrides        text CHECK (jsonb_typeof(overrides::jsonb) = 'object'),
    -- JSON object: what the tenant is called in other systems, for example coolify_project_uuid.
    ADD COLUMN external_ids     text NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(external_ids::jsonb) = 'object'),
    -- Of the last transition; no key when the platform itself made it.
    ADD COLUMN state_changed_at timestamptz,
    ADD COLUMN state_changed_by uuid,
    -- Of a tenant that is being deleted: where undelete leads back to, and when the grace ends.
    ADD COLUMN state_before     text CHECK (state_before IN ('active', 'suspended')),
    ADD COLUMN purge_after      timestamptz,
    ADD CHECK ((state = 'deleting') = (purge_after IS NOT NULL)),
    ADD CHECK ((state = 'deleting') = (state_before IS NOT NULL));
-- Migrations run without a tenant, so they name all of them.
SELECT set_config('pocket.tenant', '*', true);
UPDATE tenant SET state_changed_at = updated_at;
-- Filtered lists in the order of slugs, and the search for tenants whose grace is over.
CREATE INDEX tenant_state_slug ON tenant (state, slug);
CREATE INDEX tenant_plan_slug ON tenant (plan, slug);
CREATE INDEX tenant_purge_after ON tenant (purge_after) WHERE purge_after IS NOT NULL;
