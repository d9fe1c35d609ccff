/*
description: The register of communities as it stands, one row per code; of a code that several years list, the latest year wins.
internal: true
columns:
  community_code: Code of the community, 12 digits.
  community_name: Name of the community.
  street_code: Code of its street, 9 digits.
  street_name: Name of its street.
  valid_from: First day under this code.
  valid_to: First day on which it no longer exists under this code; NULL while in use.
  successor_codes: Codes of the communities that followed it, in the order of the register.
*/
select
    community_code,
    community_name,
    street_code,
    street_name,
    valid_from,
    valid_to,
    list_filter(list_transform(string_split(coalesce(successor_codes, ''), '|'), lambda code: trim(code)), lambda code: code <> '')
        as successor_codes
from rows.communities
qualify row_number() over (partition by community_code order by period_end desc, _row) = 1
