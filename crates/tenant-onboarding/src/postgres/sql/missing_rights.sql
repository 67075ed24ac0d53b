-- The rights on tables that this connection lacks.
select format('%s on %s', r, c.oid::regclass) as missing
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
cross join unnest(array['select', 'insert', 'update', 'delete']) as r
where n.nspname = 'tenant_onboarding'
  and c.relkind = 'r'
  and (r <> 'delete' or c.relname = 'resource')
  and (r = 'select' or c.relname <> 'migration')
  and not has_table_privilege(c.oid, r)
order by missing
