/*
description: 社区股份合作公司季度报表中的公司，一行一家。
*/
select * from rows.stock_cooperatives
