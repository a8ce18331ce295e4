-- Volumes are counted from now on, and the template openclaw-agent has three: as many stacks of it as a plan allows have to fit.
-- New versions, since what a tenant was promised never changes; business and sovereign have room enough.
INSERT INTO plan_version (id, plan, version, rank, stacks, cpu_millis, memory_mib, disk_mib, volumes, keys, sources,
                          requests_per_minute, tokens_per_minute, monthly_budget_micros, models, templates, daily_backup,
                          backup_retention_days, overridable)
SELECT p.plan || '@2', p.plan, 2, p.rank, p.stacks, p.cpu_millis, p.memory_mib, p.disk_mib, 3 * p.stacks, p.keys, p.sources,
       p.requests_per_minute, p.tokens_per_minute, p.monthly_budget_micros, p.models, p.templates, p.daily_backup,
       p.backup_retention_days, p.overridable
FROM plan_version p
WHERE p.version = 1 AND p.plan IN ('starter', 'team')
  -- An operator may have made a version of his own meanwhile: it is the newest, and his to judge.
  AND NOT EXISTS (SELECT 1 FROM plan_version o WHERE o.plan = p.plan AND o.version > 1);
