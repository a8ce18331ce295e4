-- Ids that a kept answer, its request or its caller name: with a tenant's erasure go the answers that name the tenant.
ALTER TABLE idempotency_record ADD COLUMN mentions uuid[] NOT NULL DEFAULT '{}';
CREATE INDEX idempotency_record_mentions ON idempotency_record USING gin (mentions);
