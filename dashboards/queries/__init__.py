"""The only readers of publications: a question in, a Polars frame out. No layout, no writes.

`publication` opens what is published and asks it; the other modules hold the typed questions of one subject each,
with one `.sql` file per statement beside them in `sql/`. Answers are cached by publication, statement and parameters.
"""

from dashboards.queries.publication import Publication, frame, publication

__all__ = ["Publication", "frame", "publication"]
