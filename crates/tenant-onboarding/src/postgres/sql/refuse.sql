-- $1 tenant, $2 claim, $3 number, $4 fence, $5 step, $6 content,
-- $7 sealed, $8 key id, $9 is it evidence
-- A statement whose answer was lost may have written the entry: then it is there, under its number and fence.
with already as (
  select
  from tenant_onboarding.entry
  where tenant = $1 and number = $3 and fence = $4 and step = $5 and content = $6
),
refused as (
  update tenant_onboarding.tenant
  set refused_writes = refused_writes + 1,
      late_entries = late_entries + $9::boolean::integer,
      state = case when $9 and state = 'done' then 'ready' else state end,
      run_at = case when $9 and state = 'done' then clock_timestamp() else run_at end
  where id = $1
    and not exists (select from already)
    and not exists (select from tenant_onboarding.late_entry where tenant = $1 and fence = $4 and number = $3)
  returning id
),
late as (
  insert into tenant_onboarding.late_entry (tenant, number, fence, step, content, sealed, key_id)
  select id, $3, $4, $5, $6, $7, $8
  from refused
  where $9
)
select exists (select from already) as already,
       (select claim is not distinct from $2 and fence = $4 from tenant_onboarding.tenant where id = $1) as held,
       -- Neither number ever falls: an older copy is in the database's place.
       (select fence < $4 or fence = $4 and claim = $2 and entries < $3 - 1
        from tenant_onboarding.tenant
        where id = $1) as older
