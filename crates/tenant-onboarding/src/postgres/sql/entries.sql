-- $1 account, $2 identity
select e.number, e.step, e.content, e.sealed, e.key_id
from tenant_onboarding.tenant as t
join tenant_onboarding.entry as e on e.tenant = t.id
where t.account = $1 and t.identity = $2
order by e.number
