-- Every time a year was locked or unlocked, the latest first.
select year, number, action, "at", reason
from assessment_locks
order by year desc, number desc
