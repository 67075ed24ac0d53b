-- $1 tenant, $2 claim, $3 fence, $4 lease in seconds
update tenant_onboarding.tenant
set lease_until = clock_timestamp() + make_interval(secs => $4)
where id = $1 and claim = $2 and fence = $3
returning id
