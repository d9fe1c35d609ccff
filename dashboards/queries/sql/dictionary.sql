select
    c.schema_name,
    c.table_name,
    coalesce(t.comment, v.comment, '') as table_comment,
    c.column_name,
    c.data_type,
    coalesce(c.comment, '') as comment
from duckdb_columns() c
left join duckdb_tables() t on t.schema_name = c.schema_name and t.table_name = c.table_name
left join duckdb_views() v on v.schema_name = c.schema_name and v.view_name = c.table_name
where not c.internal and c.schema_name in ('main', 'units', 'exports')
order by list_position(['main', 'units', 'exports'], c.schema_name), c.table_name, c.column_index
