-- The schemes there are, in the order of the policy.
select scheme, definition ->> '$.title' as title, cast(definition ->> '$.clause' as integer) as clause
from build.assessment_schemes
where year is null
order by clause
