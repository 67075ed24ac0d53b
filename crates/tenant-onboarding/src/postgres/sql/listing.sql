-- $1 account, $2 reader, $3 time for the reading in seconds, $4 greatest age in seconds
-- A process that asks again while it is the reader has given its reading up.
with reading as (
  insert into tenant_onboarding.listing as l (account, reader, reading_until)
  values ($1, $2, clock_timestamp() + make_interval(secs => $3))
  on conflict (account) do update
  set reader = excluded.reader, reading_until = excluded.reading_until
  where (l.read_at is null or l.read_at < clock_timestamp() - make_interval(secs => $4))
    and (l.reading_until is null or l.reading_until <= clock_timestamp() or l.reader = excluded.reader)
  returning account
)
select exists (select from reading) as read,
       case when fresh.is_fresh then l.content end as content,
       extract(epoch from clock_timestamp() - l.read_at)::float8 as age,
       extract(epoch from l.reading_until - clock_timestamp())::float8 as reading
from (select $1::integer as account) as this
left join tenant_onboarding.listing as l on l.account = this.account
left join lateral (select l.read_at >= clock_timestamp() - make_interval(secs => $4) as is_fresh) as fresh on true
