-- The newest events of a type, however rare it is. Byte order: below row-level security only leakproof operators use an index.
CREATE INDEX event_type_seq ON event (type COLLATE "C", seq);
