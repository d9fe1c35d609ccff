/* Budgets of Party building by street and kind of fund in one year. */
select s.area_name as street, b.fund, sum(b.members) as members, sum(b.budgeted) as budgeted, sum(b.spent) as spent
from units.party_budgets b
join areas s on s.area_code = b.street
where b.period_end = $period_end and ($area = b.street or $area = (select area_code from areas where level = 'district'))
group by s.area_code, s.area_name, b.fund
order by s.area_code, b.fund
