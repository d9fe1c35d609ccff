/*
description: 决策台账中的决策，一行一项。
*/
select * from rows.major_decisions
