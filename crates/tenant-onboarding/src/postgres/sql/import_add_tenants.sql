-- $1 account, $2 identities
insert into tenant_onboarding.tenant (account, identity)
select $1, identity
from unnest($2::text[]) as given (identity)
order by identity
on conflict (account, identity) do nothing
