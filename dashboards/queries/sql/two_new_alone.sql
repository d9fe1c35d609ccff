-- Organizations that meet the three conditions, have three members or more, and have not set up a branch of their own.
select
    s.area_name as street,
    c.area_name as community,
    o.grid,
    o.unit_name,
    o.unit_code,
    o.kind,
    o.above_scale,
    o.employees,
    o.party_members,
    o.coverage,
    f.file_name,
    o.sheet,
    o.row
from units.two_new_organizations o
join areas c on c.area_code = o.community
join areas s on s.area_code = o.street
join submissions f on f.submission_id = o.submission_id
where
    o.period_end = $period_end
    and o.is_eligible_alone
    and o.coverage <> '单独组建'
    and ($area in (o.street, o.community) or $area = (select area_code from areas where level = 'district'))
order by o.street, o.community, o.party_members desc, o.unit_code
