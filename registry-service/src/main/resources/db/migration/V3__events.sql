-- The outbox. A writer only inserts; "seq", the place in the feed, is given by whoever reads the feed next, to rows that
-- are committed. So no event can appear behind a reader's back with a number below one already read, and writers of
-- different tenants need not wait for each other.
CREATE TABLE event (
    position  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq       bigint      UNIQUE,
    id        uuid        NOT NULL UNIQUE,
    type      text        NOT NULL,
    tenant_id uuid,
    at        timestamptz NOT NULL,
    data      text        NOT NULL CHECK (data::json IS NOT NULL)
);
CREATE INDEX event_without_seq ON event (position) WHERE seq IS NULL;
CREATE SEQUENCE event_seq;
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
ALTER TABLE event FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON event USING (pocket_sees(tenant_id)) WITH CHECK (pocket_sees(tenant_id));
