-- $1 account, $2 most, $3 owner, $4 claim, $5 lease in seconds, $6 tenants in use in this process
-- `now()` in the predicate and not `clock_timestamp()`, which an index can't serve. A lease that was renewed ends after the
-- turn that its claim set: renewing it writes no index.
with turn as materialized (
  select id
  from tenant_onboarding.tenant
  where account = $1 and state = 'ready' and input is not null and run_at <= now()
    and (lease_until is null or lease_until <= now()) and id <> all($6)
  order by run_at
  limit $2
  for no key update skip locked
)
update tenant_onboarding.tenant
set fence = fence + 1,
    lost_leases = lost_leases + (claim is not null)::integer,
    owner = $3,
    claim = $4,
    lease_until = clock_timestamp() + make_interval(secs => $5),
    run_at = clock_timestamp() + make_interval(secs => $5)
where id = any(array(select id from turn))
returning id, identity, input, input_revision, fence, lost_leases
