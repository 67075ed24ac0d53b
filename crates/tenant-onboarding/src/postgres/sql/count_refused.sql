-- $1 tenant
update tenant_onboarding.tenant set refused_writes = refused_writes + 1 where id = $1 returning id
