-- Why the whole file was refused, if it was; then every fault and warning of it, cell by cell.
select 'fault' as severity, null as sheet, null as row, null as cell, null as header, null as value, reason as message
from refusals
where submission_id = $submission_id
union all
select severity, sheet, row, cell, header, value, message
from faults
where submission_id = $submission_id
order by severity, row nulls first, sheet, cell
