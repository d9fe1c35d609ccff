/*
description: 阵地名册中的阵地，一行一个。
*/
select * from rows.party_venues
