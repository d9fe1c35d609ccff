/*
description: 月末名册中的“两新”组织，一行一个单位。
columns:
  is_eligible_alone: 是否符合单独组建党组织的条件：经营稳定、党员队伍稳定、有书记人选，且党员 3 人以上
  is_organized: 是否已单独或联合组建党组织
  is_reached: 是否已组建党组织或派驻指导员
*/
select
    *,
    stable_operation and stable_membership and has_candidate and party_members >= 3 as is_eligible_alone,
    coverage in ('单独组建', '联合组建') as is_organized,
    coverage in ('单独组建', '联合组建', '派驻指导员') as is_reached
from rows.two_new_organizations
