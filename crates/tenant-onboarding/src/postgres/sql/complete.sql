-- $1 tenant, $2 claim, $3 fence, $4 number of late entries seen, $5 revision of the input, $6 ids of late entries given,
-- $7 number of the last entry
-- What came meanwhile, a late entry or other data, makes it the tenant's turn again.
with ended as (
  update tenant_onboarding.tenant
  set state = case when late_entries > $4 or input_revision <> $5 then 'ready' else 'done' end,
      owner = null,
      claim = null,
      lease_until = null,
      run_at = clock_timestamp(),
      failures = 0,
      lost_leases = 0,
      last_error = null,
      ended_at = clock_timestamp()
  where id = $1 and claim = $2 and fence = $3 and entries >= $7
  returning id
),
consumed as (
  update tenant_onboarding.late_entry as late
  set consumed_at = clock_timestamp()
  from ended
  where late.tenant = ended.id and late.id = any($6)
)
select exists (select from ended) as ended,
       (select fence = $3 and claim is null from tenant_onboarding.tenant where id = $1) as already,
       -- Neither number ever falls: an older copy is in the database's place.
       (select fence < $3 or fence = $3 and claim = $2 and entries < $7
        from tenant_onboarding.tenant
        where id = $1) as older
