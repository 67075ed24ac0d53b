-- $1 account
select count(distinct t.id) as tenants, min(t.identity) as first
from tenant_onboarding.late_entry as late
join tenant_onboarding.tenant as t on t.id = late.tenant
where t.account = $1 and t.state = 'ready' and late.consumed_at is null
