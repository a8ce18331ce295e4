-- Which key took over from a rotated one, which goes on opening until its overlap ends.
ALTER TABLE api_key
    ADD COLUMN replaced_by uuid REFERENCES api_key (id),
    -- Whether the trail and the feed know that it expired. They are told once, some time after it stopped opening anything.
    ADD COLUMN expiry_told boolean NOT NULL DEFAULT false;
CREATE INDEX api_key_replaced_by ON api_key (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE INDEX api_key_expiring ON api_key (expires_at)
    WHERE expires_at IS NOT NULL AND revoked_at IS NULL AND NOT expiry_told;
-- The version of the service before this one revokes without giving back; whoever looks for expired keys finds these, too.
CREATE INDEX api_key_not_given_back ON api_key (tenant_id) WHERE counted AND revoked_at IS NOT NULL;
