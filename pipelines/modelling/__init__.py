"""`sql/` becomes tables: the warehouse as a function of submissions, contracts and SQL. Knows no Dagster.

- `catalogue`  indicators and assessments as their YAML files state them
- `models`     the SQL files: header, query, what they read
- `totals`     the totals of every submission
- `plausibility`  what is doubtful in submissions
- `build`      the build file: what changed, and every step that brings it up to date
- `checks`     what must be true before anything is published
- `refresh`    all steps in their order
"""
