-- $1 tenant, $2 claim, $3 number, $4 fence, $5 lease in seconds, $6 step,
-- $7 content, $8 sealed, $9 key id, $10 kinds of the resources that it claims, $11 their values,
-- $12 kinds whose earlier resources it replaces, $13 is it an entry of a process that is gone
-- The claim of a process that is gone may have ended, but nobody else may have the tenant.
-- Every part depends on `held`: either all of it is written or nothing. A lease is not shortened.
with resource as (
  select kind, value, sha256(convert_to(value, 'UTF8')) as digest
  from unnest($10::text[], $11::text[]) as claimed (kind, value)
),
other as (
  select resource.kind, resource.value, holder.identity
  from tenant_onboarding.tenant as t
  cross join resource
  join tenant_onboarding.resource as r on (r.account, r.kind, r.digest) = (t.account, resource.kind, resource.digest)
  join tenant_onboarding.tenant as holder on holder.id = r.tenant
  where t.id = $1 and (t.claim = $2 or $13 and t.claim is null) and t.fence = $4 and r.tenant <> $1
  limit 1
),
held as (
  update tenant_onboarding.tenant
  set entries = $3,
      -- So that the end of this lease does not count.
      lost_leases = -1,
      lease_until = case when claim is null then null else greatest(lease_until, clock_timestamp() + make_interval(secs => $5)) end
  where id = $1 and (claim = $2 or $13 and claim is null) and fence = $4 and entries = $3 - 1 and not exists (select from other)
  returning id, account
),
released as (
  delete from tenant_onboarding.resource as r
  using held
  where r.tenant = held.id
    and r.kind = any($12)
    and not exists (select from resource where (resource.kind, resource.digest) = (r.kind, r.digest))
),
claimed as (
  insert into tenant_onboarding.resource (account, kind, value, digest, tenant)
  select held.account, resource.kind, resource.value, resource.digest, held.id
  from held
  cross join resource
  where not exists (
    select
    from tenant_onboarding.resource as r
    where (r.account, r.kind, r.digest, r.tenant) = (held.account, resource.kind, resource.digest, held.id)
  )
  order by resource.kind, resource.digest
),
written as (
  insert into tenant_onboarding.entry (tenant, number, fence, step, content, sealed, key_id)
  select held.id, $3, $4, $6, $7, $8, $9
  from held
  returning number
)
select exists (select from written) as written,
       (select kind from other) as kind,
       (select value from other) as value,
       (select identity from other) as holder
