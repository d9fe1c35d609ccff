/*
description: 领导干部联系群众月报中的社区，一行一个。
*/
select * from rows.leader_service
