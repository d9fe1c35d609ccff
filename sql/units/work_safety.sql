/*
description: 安全生产月报中的社区，一行一个。
*/
select * from rows.work_safety
