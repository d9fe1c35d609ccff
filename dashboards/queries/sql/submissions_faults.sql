-- Every fault and warning of one file, cell by cell.
select severity, sheet, row, cell, header, value, message
from faults
where submission_id = $submission_id
order by severity, sheet nulls first, row nulls first, cell
