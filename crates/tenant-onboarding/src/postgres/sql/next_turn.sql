-- $1 account
-- The earliest of the first turns: those of claimed tenants come when their leases end.
select extract(epoch from min(turn) - clock_timestamp())::float8 as seconds
from (
  select greatest(run_at, lease_until) as turn
  from tenant_onboarding.tenant
  where account = $1 and state = 'ready' and input is not null
  order by run_at
  limit 100
) as first
having count(*) > 0
