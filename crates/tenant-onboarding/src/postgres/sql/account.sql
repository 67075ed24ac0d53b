-- $1 servers
-- Nothing is written if it is there, so that a connection which may only read gets to the check of rights.
with added as (
  insert into tenant_onboarding.account (servers)
  select $1
  where not exists (select from tenant_onboarding.account where servers = $1)
  on conflict (servers) do nothing
  returning id
)
select id from added
union all
select id from tenant_onboarding.account where servers = $1
