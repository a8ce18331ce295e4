-- Where a replay that begins at a time begins in the feed.
CREATE INDEX event_at ON event (at);
