/*
description: 关怀帮扶月报中的社区，一行一个。
*/
select * from rows.member_care
