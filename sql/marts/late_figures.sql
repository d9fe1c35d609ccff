/*
description: Figures that were accepted for communities which, as a register that came later says, had been closed before their period.
internal: true
kind: view
columns:
  submission_id: Number of the submission that holds them.
  submitter: Code of who handed it in, the district or a street.
  communities: The communities, with the day on which each was closed and whom its figures count for.
  places: How many communities they are.
*/
with late as (
    select distinct s.unit as export, s.period_end, r.community_code, r.community_name, r.street_code, r.valid_to
    from build.sums s
    join build.register r on r.community_code = s.community
    join contracts c on c.export = s.unit
    where r.valid_to <= date_trunc(c.cadence, s.period_end)
),
followed as (
    select l.community_code, l.period_end, n.community_name as follower
    from late l
    join build.followers f on f.community = l.community_code
    join build.register n on n.community_code = f.follower
    where n.valid_from <= l.period_end and (n.valid_to is null or n.valid_to > l.period_end)
    qualify row_number() over (partition by l.community_code, l.period_end order by f.path) = 1
)
select p.submission_id, p.submitter,
    string_agg(distinct l.community_name || '（' || l.valid_to || '停用，' || coalesce('计入' || f.follower, '没有并入的社区') || '）', '、'
        order by l.community_name || '（' || l.valid_to || '停用，' || coalesce('计入' || f.follower, '没有并入的社区') || '）') as communities,
    count(distinct l.community_code) as places
from late l
join build.district d on true
join build.parts p
    on p.export = l.export and p.period_end = l.period_end and p.submitter in (d.district_code, l.street_code)
left join followed f on f.community_code = l.community_code and f.period_end = l.period_end
group by p.submission_id, p.submitter
