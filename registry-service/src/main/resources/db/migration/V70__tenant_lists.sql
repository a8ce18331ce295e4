-- Lists and searches among a million tenants: each is one range of one index, read in the order of the list, so that it ends
-- after a page however many match.
CREATE INDEX tenant_state_plan_slug ON tenant (state, plan, slug);
CREATE INDEX tenant_name_slug ON tenant (name_lower, slug);
DROP INDEX tenant_name_lower;
