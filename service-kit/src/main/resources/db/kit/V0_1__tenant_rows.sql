-- Row-level security of every service goes through this one function. A transaction names the tenant it works for in
-- pocket.tenant (set_config(.., true)); '*' means the platform itself. Unset means no rows: a forgotten call shows nothing
-- instead of everything.
CREATE FUNCTION pocket_sees(row_tenant uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN current_setting('pocket.tenant', true) = '*'
    OR current_setting('pocket.tenant', true) = row_tenant::text;
