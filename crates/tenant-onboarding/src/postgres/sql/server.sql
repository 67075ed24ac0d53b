select current_setting('server_version_num')::integer as version,
       current_setting('server_version') as version_text,
       current_setting('server_encoding') as encoding,
       current_setting('synchronous_commit') as synchronous_commit
