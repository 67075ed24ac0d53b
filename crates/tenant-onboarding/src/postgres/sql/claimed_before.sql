-- $1 account, $2 claim
-- Tenants of a claim whose answer was lost.
select id, identity, input, input_revision, fence, lost_leases
from tenant_onboarding.tenant
where account = $1 and state = 'ready' and input is not null and claim = $2
