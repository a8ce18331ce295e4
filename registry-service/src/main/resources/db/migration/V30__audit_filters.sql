-- Filters of the trail at ten million rows, newest row first. Each index ends with the time, so that a page is read in the
-- order of the list, however many rows match; rows of one moment are put in order while they are read. Inside one tenant the
-- primary key serves all filters: it reads that tenant's rows only. Under row-level security an index serves only leakproof
-- operators: equality and ranges of uuid, timestamptz and text in byte order are, LIKE is not.
CREATE INDEX audit_row_action ON audit_row (action COLLATE "C", at DESC);
CREATE INDEX audit_row_actor ON audit_row (actor_key_id, at DESC) WHERE actor_key_id IS NOT NULL;
CREATE INDEX audit_row_target ON audit_row (target COLLATE "C", at DESC);

-- The lock on a chain and its end in one round trip. The second statement has a snapshot of its own, taken when the lock was
-- got: it sees the row of whoever held the lock before. (Volatile is what makes it so.)
CREATE FUNCTION audit_end(owner uuid) RETURNS TABLE (last_seq bigint, last_hash bytea) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit:' || owner::text, 0));
    RETURN QUERY SELECT h.seq, h.hash FROM audit_head h WHERE h.tenant_id = owner;
END
$$;
