-- $1 tenants, $2 claim
-- As if the claim had not been: its end is no lost lease.
update tenant_onboarding.tenant
set owner = null, claim = null, lease_until = null, run_at = clock_timestamp()
where id = any($1) and claim = $2
returning id
