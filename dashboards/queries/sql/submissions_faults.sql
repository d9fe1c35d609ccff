-- Every fault and warning of one file, cell by cell; why the whole file was refused comes first.
select severity, sheet, row, cell, header, value, message
from faults
where submission_id = $submission_id
order by severity, row nulls first, sheet, cell
