/*
description: 就业月报中的社区，一行一个。
*/
select * from rows.employment
