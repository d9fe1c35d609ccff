-- Organizations of the roster by kind and size, with how many are organized, reached and above scale.
select
    street,
    community,
    kind,
    case
        when employees < 10 then '10人以下'
        when employees < 50 then '10–49人'
        when employees < 100 then '50–99人'
        when employees < 300 then '100–299人'
        else '300人及以上'
    end as size,
    count(*) as organizations,
    count(*) filter (where is_organized) as organized,
    count(*) filter (where is_reached) as reached,
    count(*) filter (where above_scale) as above_scale,
    count(*) filter (where above_scale and is_organized) as above_scale_organized,
    count(*) filter (where not is_reached and party_members = 0) as to_be_sent
from units.two_new_organizations
where period_end = $period_end and ($area in (street, community) or $area = (select area_code from areas where level = 'district'))
group by all
