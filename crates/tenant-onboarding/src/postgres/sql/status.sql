-- $1 account
select count(*) filter (where state = 'ready' and greatest(run_at, lease_until) <= now()) as ready,
       count(*) filter (where state = 'ready' and run_at > now() and claim is null) as delayed,
       count(*) filter (where state = 'ready' and greatest(run_at, lease_until) > now() and claim is not null) as claimed,
       count(*) filter (where state = 'done') as done,
       count(*) filter (where state = 'dead') as dead,
       count(*) filter (where state = 'ready' and input is null) as without_data,
       coalesce(sum(refused_writes), 0)::bigint as fenced,
       (select count(*) from tenant_onboarding.entry
        join tenant_onboarding.tenant as t on t.id = entry.tenant
        where entry.step = 'doubt' and t.account = $1)
       + (select count(*) from tenant_onboarding.late_entry as late
          join tenant_onboarding.tenant as t on t.id = late.tenant
          where late.step = 'doubt' and t.account = $1) as doubts
from tenant_onboarding.tenant
where account = $1
