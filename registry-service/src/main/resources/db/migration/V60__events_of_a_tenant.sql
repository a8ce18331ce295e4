-- A tenant's events, oldest first: for its export, and for its erasure, which had a narrower index.
DROP INDEX IF EXISTS event_tenant;
CREATE INDEX event_of_tenant ON event (tenant_id, position) WHERE tenant_id IS NOT NULL;
