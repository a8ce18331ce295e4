-- The original figures (stacks, price steps) with the memory corrected: a stack with OpenClaw needs 1.5 to 2 GiB, where the
-- first plan had 512 MiB; Render's 512 MB starter runs out of memory (openclaw/openclaw#5966). A stack counts as 2 GiB on
-- Starter and Team, and as 4 GiB on Business, as there; disk as 10 GiB, the volume that OpenClaw's own documents ask for.
-- Sovereign is agreed with each customer; these are its outer bounds.
INSERT INTO plan_version (id, plan, version, rank, stacks, cpu_millis, memory_mib, disk_mib, keys, sources,
                          requests_per_minute, tokens_per_minute, monthly_budget_micros, models, templates, daily_backup)
VALUES
    ('starter@1', 'starter', 1, 1, 2, 2000, 4096, 20480, 10, 2,
     60, 100000, 20000000, '{*}', '{web,openclaw-agent,telegram-bot}', false),
    ('team@1', 'team', 1, 2, 10, 10000, 20480, 102400, 50, 10,
     300, 500000, 100000000, '{*}', '{web,openclaw-agent,telegram-bot,llm-tenant}', true),
    ('business@1', 'business', 1, 3, 25, 50000, 102400, 512000, 200, 50,
     1200, 2000000, 500000000, '{*}', '{*}', true),
    ('sovereign@1', 'sovereign', 1, 4, 200, 400000, 1048576, 10485760, 2000, 500,
     6000, 20000000, 10000000000, '{*}', '{*}', true);
