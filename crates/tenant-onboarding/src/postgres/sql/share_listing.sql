-- $1 account, $2 content, $3 age in seconds
insert into tenant_onboarding.listing as l (account, content, read_at)
values ($1, $2, clock_timestamp() - make_interval(secs => $3))
on conflict (account) do update
set content = excluded.content, read_at = excluded.read_at, reader = null, reading_until = null
where l.read_at is null or l.read_at <= excluded.read_at
