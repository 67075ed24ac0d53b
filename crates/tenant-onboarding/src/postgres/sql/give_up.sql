-- $1 tenant, $2 claim, $3 fence, $4 revision of the input, $5 does it count as a failure, $6 is it final, $7 most failures,
-- $8 delay after the first failure in seconds, $9 least delay in seconds, $10 error
-- Data that changed meanwhile are a new beginning.
with ended as (
  update tenant_onboarding.tenant
  set state = case
        when input_revision = $4 and ($6 or $5 and failures + 1 >= $7) then 'dead'
        else 'ready'
      end,
      owner = null,
      claim = null,
      lease_until = null,
      run_at = clock.now + make_interval(secs => case
        when input_revision = $4 and $5
          then greatest($9, least(3600, $8 * power(2::float8, least(failures, 30)::float8)) * (1 + random()) / 2)
        else 0
      end),
      failures = case when input_revision = $4 then failures + $5::boolean::integer else 0 end,
      lost_leases = 0,
      last_error = coalesce($10, last_error),
      ended_at = clock.now
  from (select clock_timestamp() as now) as clock
  where id = $1 and claim = $2 and fence = $3
  returning id
)
select exists (select from ended) as ended,
       (select fence = $3 and claim is null from tenant_onboarding.tenant where id = $1) as already
