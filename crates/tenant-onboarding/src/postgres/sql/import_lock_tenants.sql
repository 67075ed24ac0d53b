-- $1 account, $2 identities
select id, identity, entries, lease_until is not null and lease_until > clock_timestamp() as is_claimed
from tenant_onboarding.tenant
where account = $1 and identity = any($2)
order by identity
for update
