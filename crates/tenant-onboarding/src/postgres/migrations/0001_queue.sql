-- Tenants, their entries, and what they have. The whole script is one transaction.
do $$
begin
  -- `create schema if not exists` needs the right to create schemas even if there is one.
  if not exists (select from pg_catalog.pg_namespace where nspname = 'tenant_onboarding') then
    create schema tenant_onboarding;
  end if;
end
$$;

create table tenant_onboarding.migration (
  number integer primary key,
  name text not null,
  applied_at timestamptz not null default clock_timestamp()
);

-- Servers and partner of a journal. Journals of different ones share nothing.
create table tenant_onboarding.account (
  id integer generated always as identity primary key,
  servers text not null check (octet_length(servers) between 1 and 1000) unique
);

-- Text that the first process of an account which seals has sealed, so that no other one goes on with other keys.
create table tenant_onboarding.sealing_check (
  account integer primary key references tenant_onboarding.account,
  sealed bytea not null,
  key_id text not null
);

create table tenant_onboarding.tenant (
  id bigint generated always as identity primary key,
  account integer not null references tenant_onboarding.account,
  -- Normalized e-mail address.
  identity text not null check (octet_length(identity) between 1 and 1000),
  -- Data of the tenant; null for one that a job system began without the queue.
  input jsonb,
  -- Counts the changes of `input`.
  input_revision integer not null default 0,
  state text not null default 'ready' check (state in ('ready', 'done', 'dead')),
  -- Time of its turn. A claim sets it to the end of its lease, so that one index serves both; renewals leave it as it is.
  run_at timestamptz not null default clock_timestamp(),
  -- Process that has the tenant, the claim's own text, and the end of its lease. Null if nobody has it.
  owner text,
  claim text,
  lease_until timestamptz,
  -- Number of claims. A write names the claim and the fence that it was granted.
  fence bigint not null default 0,
  -- Number of the last entry.
  entries bigint not null default 0,
  -- Number of entries that came after their claim was lost, consumed ones too.
  late_entries integer not null default 0,
  -- Writes that were refused because another process had the tenant.
  refused_writes bigint not null default 0,
  -- Failures in a row.
  failures integer not null default 0,
  -- Claims in a row that ended with their lease and without an entry; -1 if the present one has written one.
  lost_leases integer not null default 0,
  last_error text,
  -- Time of that error, or of the end of the onboarding.
  ended_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (account, identity)
) with (fillfactor = 70);

-- Turns and ended leases.
create index tenant_turn on tenant_onboarding.tenant (account, run_at) where state = 'ready' and input is not null;
create index tenant_dead on tenant_onboarding.tenant (account, ended_at) where state = 'dead';

-- Log of each tenant. Rows are appended and never changed, except that secrets are sealed again with a new key.
create table tenant_onboarding.entry (
  tenant bigint not null references tenant_onboarding.tenant,
  number bigint not null check (number > 0),
  fence bigint not null,
  step text not null,
  -- Entry without its secrets.
  content jsonb not null,
  -- Secret of the entry, and id of the key that seals it; null if the secret is not sealed.
  sealed bytea,
  key_id text,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant, number)
);

create index entry_doubt on tenant_onboarding.entry (tenant) where step = 'doubt';

-- Responses and doubts of processes that had lost their claim. `number` is the one that the entry was to have.
create table tenant_onboarding.late_entry (
  id bigint generated always as identity primary key,
  tenant bigint not null references tenant_onboarding.tenant,
  number bigint not null,
  fence bigint not null,
  step text not null,
  content jsonb not null,
  sealed bytea,
  key_id text,
  at timestamptz not null default clock_timestamp(),
  -- End of the claim that was given the entry and completed the tenant.
  consumed_at timestamptz,
  unique (tenant, fence, number)
);

-- Numbers, names, clients, channels and accounts that belong to one tenant of an account only.
create table tenant_onboarding.resource (
  account integer not null references tenant_onboarding.account,
  kind text not null check (kind in ('phone_number', 'name', 'client', 'channel', 'account')),
  value text not null,
  -- SHA-256 of the value, because an index can't hold a long one.
  digest bytea not null,
  tenant bigint not null references tenant_onboarding.tenant,
  primary key (account, kind, digest)
);

create index resource_tenant on tenant_onboarding.resource (tenant);

-- What exists at the vendors, read by one process for all.
create table tenant_onboarding.listing (
  account integer primary key references tenant_onboarding.account,
  content text,
  -- Time at which the reading began.
  read_at timestamptz,
  -- Process that reads it now, and the time after which another one does.
  reader text,
  reading_until timestamptz
);

insert into tenant_onboarding.migration (number, name) values (1, 'queue');
