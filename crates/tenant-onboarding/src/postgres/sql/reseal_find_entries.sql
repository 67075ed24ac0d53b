-- $1 account, $2 tenant and $3 number of the last entry of the page before, $4 most
select e.tenant, e.number, t.identity, e.step, e.content, e.sealed, e.key_id
from tenant_onboarding.entry as e
join tenant_onboarding.tenant as t on t.id = e.tenant
where t.account = $1 and (e.tenant, e.number) > ($2, $3) and e.sealed is not null
order by e.tenant, e.number
limit $4
