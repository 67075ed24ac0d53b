-- $1 late entries, $2 sealed secrets that were found, $3 new ones, $4 ids of their keys
update tenant_onboarding.late_entry as late
set sealed = given.sealed, key_id = given.key_id
from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::text[]) as given (id, found, sealed, key_id)
where late.id = given.id and late.sealed = given.found
returning late.id
