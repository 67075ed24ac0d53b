-- $1 account
select t.identity,
       coalesce(begun.name, t.input ->> 'name') as name,
       coalesce(t.last_error, '') as error,
       coalesce(t.ended_at, t.created_at) as at,
       has.kinds,
       has.ids
from tenant_onboarding.tenant as t
left join lateral (
  select content ->> 'name' as name
  from tenant_onboarding.entry
  where tenant = t.id and step = 'tenant'
  order by number desc
  limit 1
) as begun on true
cross join lateral (
  select coalesce(array_agg(kind order by kind, value), '{}') as kinds,
         coalesce(array_agg(value order by kind, value), '{}') as ids
  from tenant_onboarding.resource
  where tenant = t.id and kind in ('client', 'channel', 'account')
) as has
where t.account = $1 and t.state = 'dead'
order by t.ended_at, t.id
