-- $1 account, $2 tenants, $3 kinds of the resources that they claim, $4 their values
select given.kind, given.value, own.identity, holder.identity as holder
from unnest($2::bigint[], $3::text[], $4::text[]) as given (tenant, kind, value)
join tenant_onboarding.resource as r
  on (r.account, r.kind, r.digest) = ($1, given.kind, sha256(convert_to(given.value, 'UTF8')))
join tenant_onboarding.tenant as holder on holder.id = r.tenant
join tenant_onboarding.tenant as own on own.id = given.tenant
where r.tenant <> given.tenant
limit 1
