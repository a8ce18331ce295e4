-- Answers of creating requests, kept 24 hours so that a retry gets the first answer again. The body is sealed, because
-- the answer to issuing a key holds the key.
CREATE TABLE idempotency_record (
    caller       uuid        NOT NULL,
    key          text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea       NOT NULL,
    status       integer     NOT NULL,
    headers      text        NOT NULL,
    body         bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_record_created_at ON idempotency_record (created_at);
