/*
description: 督查台账中的督查，一行一次。
*/
select * from rows.party_inspections
