-- Which event stands where a consumer is, so that it notices a registry that was restored to an earlier state although its
-- feed has grown past that number again. The version before this one moves "seq" alone: then "seen_seq" differs, and nothing
-- is known of the event.
ALTER TABLE event_cursor ADD COLUMN seen_seq bigint, ADD COLUMN seen_id uuid;
