-- $1 account, $2 identity
select id from tenant_onboarding.tenant where account = $1 and identity = $2
