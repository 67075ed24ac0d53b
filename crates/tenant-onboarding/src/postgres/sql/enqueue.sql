-- $1 account, $2 identities, $3 inputs
-- Changed data wait for the end of a claim: the process that has the tenant goes on with what it was given, and its end
-- leaves the tenant ready. What is there already is not touched, because a conflict would lock it.
with given as (
  select identity, input from unnest($2::text[], $3::jsonb[]) as given (identity, input)
),
there as (
  select given.identity, t.input is null as is_new, t.input is distinct from given.input as differs
  from given
  join tenant_onboarding.tenant as t on t.account = $1 and t.identity = given.identity
),
written as (
  insert into tenant_onboarding.tenant as t (account, identity, input)
  select $1, identity, input
  from given
  where not exists (select from there where there.identity = given.identity and not there.differs)
  order by identity
  on conflict (account, identity) do update
  set input = excluded.input,
      input_revision = t.input_revision + 1,
      state = 'ready',
      failures = 0,
      lost_leases = 0,
      run_at = case when t.claim is null then clock_timestamp() else t.run_at end
  where t.input is distinct from excluded.input
)
select (select count(*) from given) - (select count(*) from there where not is_new) as added,
       (select count(*) from there where differs and not is_new) as changed,
       (select count(*) from there where not differs) as unchanged
