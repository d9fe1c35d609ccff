/*
description: 教育培训台账中的班次，一行一个。
*/
select * from rows.training
