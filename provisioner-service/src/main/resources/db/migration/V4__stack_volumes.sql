-- Named volumes of a stack, which count towards its tenant's plan as its cores and memory do. What the version before this one
-- writes meanwhile counts none until it is applied again.
ALTER TABLE stack ADD COLUMN volumes integer NOT NULL DEFAULT 0 CHECK (volumes >= 0);
-- Of the templates there have been, one has volumes. Migrations run without a tenant, so they name all of them.
SELECT set_config('pocket.tenant', '*', true);
UPDATE stack SET volumes = 3 WHERE template = 'openclaw-agent';
