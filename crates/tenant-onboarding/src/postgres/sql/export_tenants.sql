-- $1 account, $2 last tenant of the page before, $3 most
select t.id, t.identity
from tenant_onboarding.tenant as t
where t.account = $1 and t.id > $2 and t.entries > 0
order by t.id
limit $3
