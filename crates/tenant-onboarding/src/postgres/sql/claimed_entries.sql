-- $1 tenants
-- After the claim and not in it: only now can no process with an older claim add an entry.
select t.id, t.entries, t.late_entries, e.late, e.number, e.step, e.content, e.sealed, e.key_id
from tenant_onboarding.tenant as t
left join lateral (
  select null::bigint as late, number, step, content, sealed, key_id
  from tenant_onboarding.entry
  where tenant = t.id
  union all
  select id, number, step, content, sealed, key_id
  from tenant_onboarding.late_entry
  where tenant = t.id and consumed_at is null
) as e on true
where t.id = any($1)
order by t.id, e.late nulls first, e.number
