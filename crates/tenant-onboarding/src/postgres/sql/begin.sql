-- $1 account, $2 identity, $3 owner, $4 claim, $5 lease in seconds
-- A claim that is repeated because its answer was lost finds its own text.
insert into tenant_onboarding.tenant as t (account, identity, owner, claim, fence, lease_until, run_at)
values ($1, $2, $3, $4, 1,
        clock_timestamp() + make_interval(secs => $5), clock_timestamp() + make_interval(secs => $5))
on conflict (account, identity) do update
set state = 'ready',
    owner = excluded.owner,
    claim = excluded.claim,
    fence = t.fence + (t.claim is distinct from excluded.claim)::integer,
    lost_leases = t.lost_leases + coalesce((t.claim <> excluded.claim)::integer, 0),
    lease_until = excluded.lease_until,
    run_at = excluded.run_at
where t.lease_until is null or t.lease_until <= clock_timestamp() or t.claim = excluded.claim
returning id, input_revision, fence
