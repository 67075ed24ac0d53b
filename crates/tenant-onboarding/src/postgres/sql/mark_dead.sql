-- $1 tenants, $2 claim, $3 error
update tenant_onboarding.tenant
set state = 'dead', owner = null, claim = null, lease_until = null, last_error = $3, ended_at = clock_timestamp()
where id = any($1) and claim = $2
returning id
