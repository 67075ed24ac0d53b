-- $1 account, $2 tenants, $3 kinds of the resources that they claim, $4 their values
insert into tenant_onboarding.resource (account, kind, value, digest, tenant)
select $1, kind, value, sha256(convert_to(value, 'UTF8')), tenant
from unnest($2::bigint[], $3::text[], $4::text[]) as given (tenant, kind, value)
order by kind, value
