"""Whether the plain script's values are the published ones, to the last digit."""

from pathlib import Path

import duckdb

_DIFFERENT = """
select
    indicator_id, level, area_code, period_type, period_end, map,
    p.numerator as published_numerator, v.numerator as plain_numerator,
    p.denominator as published_denominator, v.denominator as plain_denominator,
    p.value as published_value, v.value as plain_value
from (select *, true as is_published from published.indicator_values) p
full join (select *, true as is_plain from read_parquet($values)) v
    using (indicator_id, level, area_code, period_type, period_end, map)
where is_published is null or is_plain is null
    or p.numerator is distinct from v.numerator
    or p.denominator is distinct from v.denominator
    or p.value is distinct from v.value
order by all
"""


def compare(publication: Path, values: Path) -> tuple[int, list[tuple[object, ...]]]:
    """How many values are published, and the rows that differ or that only one of the two has.

    Args:
        publication: The published database.
        values: The Parquet file of the plain script.
    """
    with duckdb.connect() as con:
        con.execute(f"attach '{publication}' as published (read_only)")
        counted = con.execute("select count(*) from published.indicator_values").fetchall()[0][0]
        return counted, con.execute(_DIFFERENT, {"values": str(values)}).fetchall()
