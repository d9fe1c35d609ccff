/*
description: 机关作风月报中的社区，一行一个。
*/
select * from rows.office_style
