/*
description: 矛盾纠纷月报中一个社区的一类纠纷，一行一类。
*/
select * from rows.disputes
