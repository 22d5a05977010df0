-- When the newest scan that found a tag to be what it was already had asked the registry; null when none did. A tag may
-- move away and back while a scan that asked in between is still reading: what that one says is older than what stands.
alter table tenant.tags add column seen_at timestamptz;
