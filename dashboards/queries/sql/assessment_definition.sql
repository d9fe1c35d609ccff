-- A scheme: as a year was locked with it, else as it is now.
select definition
from build.assessment_schemes
where scheme = $scheme and (year = $year or year is null)
order by year nulls last
limit 1
