-- Ends of chains are written down outside of this database from time to time, so that a cut tail shows even when audit_head
-- was changed with it. Up to where each chain's end was written down:
ALTER TABLE audit_head ADD COLUMN exported_seq bigint NOT NULL DEFAULT 0;
-- Those that grew since.
CREATE INDEX audit_head_to_export ON audit_head (tenant_id) WHERE exported_seq < seq;

-- Each time that heads were written down, for people and for the next time.
CREATE TABLE audit_head_export (
    at     timestamptz PRIMARY KEY,
    heads  bigint      NOT NULL CHECK (heads > 0),
    -- Of the lines of the file, without its header.
    sha256 bytea       NOT NULL CHECK (length(sha256) = 32),
    -- Its name; null when no directory was configured and only the digest was logged.
    file   text
);
CREATE TRIGGER audit_head_export_is_append_only BEFORE UPDATE OR DELETE ON audit_head_export
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
