-- $1 tenants, $2 numbers, $3 sealed secrets that were found, $4 new ones, $5 ids of their keys
-- Another process may have sealed a secret again in the meantime.
update tenant_onboarding.entry as e
set sealed = given.sealed, key_id = given.key_id
from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::text[])
  as given (tenant, number, found, sealed, key_id)
where (e.tenant, e.number) = (given.tenant, given.number) and e.sealed = given.found
returning e.number
