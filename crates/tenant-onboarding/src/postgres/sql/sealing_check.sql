-- $1 account
select sealed, key_id from tenant_onboarding.sealing_check where account = $1
