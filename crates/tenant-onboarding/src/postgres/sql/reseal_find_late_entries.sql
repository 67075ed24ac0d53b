-- $1 account, $2 last entry of the page before, $3 most
select late.id, late.number, t.identity, late.step, late.content, late.sealed, late.key_id
from tenant_onboarding.late_entry as late
join tenant_onboarding.tenant as t on t.id = late.tenant
where t.account = $1 and late.id > $2 and late.sealed is not null
order by late.id
limit $3
