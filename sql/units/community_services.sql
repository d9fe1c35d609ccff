/*
description: 社区服务月报中的社区，一行一个。
*/
select * from rows.community_services
