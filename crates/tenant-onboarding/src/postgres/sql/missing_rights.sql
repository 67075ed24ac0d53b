-- The rights on tables that this connection lacks.
select format('%s on tenant_onboarding.%I', r, c.relname) as missing
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
cross join unnest(array['select', 'insert', 'update', 'delete']) as r
where n.nspname = 'tenant_onboarding'
  and c.relkind = 'r'
  and r = any(case c.relname
    when 'migration' then array['select']
    when 'account' then array['select', 'insert']
    when 'resource' then array['select', 'insert', 'delete']
    else array['select', 'insert', 'update']
  end)
  and not has_table_privilege(c.oid, r)
order by missing
