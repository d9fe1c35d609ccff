/*
description: 来信来访月报中一个社区的一个渠道，一行一个渠道。
*/
select * from rows.petitions
