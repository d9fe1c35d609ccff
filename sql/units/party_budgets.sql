/*
description: 预算执行表中一个社区的一类经费，一行一类。
*/
select * from rows.party_budgets
