-- Income of the stock cooperatives by quarter, in yuan, on the map of that time.
select
    period_end,
    count(*) as companies,
    sum(rental_income) as rental_income,
    sum(investment_income) as investment_income,
    sum(service_income) as service_income,
    sum(management_income) as management_income,
    sum(coalesce(other_income, 0)) as other_income,
    sum(total_income) as total_income,
    sum(net_profit) as net_profit,
    sum(dividends) as dividends,
    sum(shareholders) as shareholders
from units.stock_cooperatives
where $area in (street, community) or $area = (select area_code from areas where level = 'district')
group by period_end
order by period_end
