-- $1 account, $2 kind, $3 value
select tenant.identity
from tenant_onboarding.resource as r
join tenant_onboarding.tenant on tenant.id = r.tenant
where r.account = $1 and r.kind = $2 and r.digest = sha256(convert_to($3, 'UTF8'))
