/* What the columns of units.$unit_table are called in Chinese: as in the export, or, where derived, as their comment says. */
select
    d.column_name,
    coalesce(f.header, regexp_extract(d.comment, '^[^：；，]+'), d.column_name) as header
from duckdb_columns() d
left join contract_fields f on f.export = d.table_name and f.field = d.column_name
where d.schema_name = 'units' and d.table_name = $unit_table
order by d.column_index
