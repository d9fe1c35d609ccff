/*
description: 月末名册中的党组织，一行一个。
columns:
  secretary_age: 书记在期末的周岁
*/
select
    *,
    -- Whole years on the period's last day; only the month of birth is known.
    year(period_end) - year(secretary_birth_month) - case when month(period_end) < month(secretary_birth_month) then 1 else 0 end
        as secretary_age
from rows.party_organizations
