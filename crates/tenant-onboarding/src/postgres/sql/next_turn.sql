-- $1 account
select extract(epoch from run_at - clock_timestamp())::float8 as seconds
from tenant_onboarding.tenant
where account = $1 and state = 'ready' and input is not null
order by run_at
limit 1
