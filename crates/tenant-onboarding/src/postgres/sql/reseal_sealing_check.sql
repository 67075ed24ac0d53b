-- $1 account, $2 sealed text that was found, $3 new one, $4 id of its key
update tenant_onboarding.sealing_check set sealed = $3, key_id = $4 where account = $1 and sealed = $2
