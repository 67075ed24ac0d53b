-- $1 tenants
select tenant, number, step, content, sealed, key_id
from tenant_onboarding.entry
where tenant = any($1)
order by tenant, number
