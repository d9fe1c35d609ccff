"""`sql/` becomes tables: the warehouse as a function of submissions, contracts and SQL. Knows no Dagster.

- `catalogue`  indicators and assessments as their YAML files state them
- `models`     the SQL files: header, query, what they read
- `inputs`     what the warehouse is made from: submissions, contracts, SQL, locks
- `totals`     the totals of every submission
- `plausibility`  what is doubtful in submissions
- `build`      the build file: what changed, and every step that brings it up to date
- `checks`     what must be true before anything is published
- `readers`    the copy that pages read, without what may not be shown
- `refresh`    take in, build, check, publish
"""
