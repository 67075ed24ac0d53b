-- $1 account, $2 sealed text, $3 id of its key
insert into tenant_onboarding.sealing_check (account, sealed, key_id)
values ($1, $2, $3)
on conflict (account) do nothing
