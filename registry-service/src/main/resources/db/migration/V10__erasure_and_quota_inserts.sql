-- Erasing a tenant takes out what its events told.
CREATE INDEX event_tenant ON event (tenant_id) WHERE tenant_id IS NOT NULL;

-- The last line holds for new rows of quotas as well: without an OLD row only the limit counts.
DROP TRIGGER quota_holds ON quota;
CREATE TRIGGER quota_holds BEFORE INSERT OR UPDATE ON quota FOR EACH ROW EXECUTE FUNCTION quota_holds();
