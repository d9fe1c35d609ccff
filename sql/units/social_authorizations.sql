/*
description: 授权名册中的事项，一行一项。
*/
select * from rows.social_authorizations
