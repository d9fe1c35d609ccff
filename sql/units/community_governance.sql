/*
description: 社区治理月报中的社区，一行一个。
*/
select * from rows.community_governance
