/*
description: 违法建筑月报中一个社区的一类违建，一行一类。
*/
select * from rows.illegal_construction
