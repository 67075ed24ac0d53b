-- $1 account, $2 identities, or null for all
update tenant_onboarding.tenant
set state = 'ready', run_at = clock_timestamp(), failures = 0, lost_leases = 0
where account = $1 and state = 'dead' and ($2::text[] is null or identity = any($2))
returning id
