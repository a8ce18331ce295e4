-- Where a replay that begins at a time begins in the feed. No writes to the feed meanwhile; a large one may get it beforehand,
-- CONCURRENTLY (docs/guides/upkeep.md). Not here: CONCURRENTLY waits for the transaction that holds Flyway's lock.
CREATE INDEX IF NOT EXISTS event_at ON event (at);
