-- $1 tenants, $2 numbers, $3 steps, $4 contents, $5 sealed secrets, $6 ids of their keys
-- No claim has the fence 0.
insert into tenant_onboarding.entry (tenant, number, fence, step, content, sealed, key_id)
select tenant, number, 0, step, content, sealed, key_id
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::jsonb[], $5::bytea[], $6::text[])
  as given (tenant, number, step, content, sealed, key_id)
