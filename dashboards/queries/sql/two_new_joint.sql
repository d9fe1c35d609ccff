/*
Small organizations with members but without a branch, and which could form a joint one together: the grids of a community are gone
through by number, and a branch is complete as soon as it has three members out of two organizations. What is left at the end
joins the branch before it; a community that never reaches three members is left without one.
*/
with recursive candidates as (
    select *
    from units.two_new_organizations
    where
        period_end = $period_end
        and not is_eligible_alone
        and party_members > 0
        and not is_organized
        and ($area in (street, community) or $area = (select area_code from areas where level = 'district'))
),
grids as (
    select
        community,
        grid,
        count(*) as organizations,
        sum(party_members) as members,
        row_number() over (partition by community order by grid) as place
    from candidates
    group by community, grid
),
walk as (
    select community, grid, place, 1 as branch, organizations, members from grids where place = 1
    union all
    select
        g.community,
        g.grid,
        g.place,
        case when w.organizations >= 2 and w.members >= 3 then w.branch + 1 else w.branch end,
        g.organizations + case when w.organizations >= 2 and w.members >= 3 then 0 else w.organizations end,
        g.members + case when w.organizations >= 2 and w.members >= 3 then 0 else w.members end
    from walk w
    join grids g on g.community = w.community and g.place = w.place + 1
),
ends as (
    select community, branch, max(organizations) >= 2 and max(members) >= 3 as is_complete
    from walk
    group by community, branch
),
placed as (
    select w.community, w.grid, case when e.is_complete then w.branch else greatest(w.branch - 1, 1) end as branch
    from walk w
    join ends e using (community, branch)
),
existing as (
    select community, arg_min(org_name, member_count) as joint_branch
    from units.party_organizations
    where period_end = $period_end and org_type = '联合党支部' and sector in ('非公企业', '社会组织')
    group by community
)
select
    s.area_name as street,
    c.area_name as community,
    o.community as community_code,
    p.branch,
    o.grid,
    o.unit_name,
    o.unit_code,
    o.kind,
    o.employees,
    o.party_members,
    o.coverage,
    x.joint_branch,
    f.file_name,
    o.sheet,
    o.row
from candidates o
join placed p using (community, grid)
join areas c on c.area_code = o.community
join areas s on s.area_code = o.street
join submissions f on f.submission_id = o.submission_id
left join existing x on x.community = o.community
order by o.street, o.community, p.branch, o.grid, o.party_members desc, o.unit_code
