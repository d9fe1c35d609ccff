"""The pipeline: departmental spreadsheets in, one published warehouse out.

Where to find what:

- `settings`     the only reader of the environment
- `periods`      month, quarter, year: parsing, containing, neighbours
- `contracts/`   what each department hands in: one YAML per export, and what a contract may say
- `intake/`      a file becomes a submission: read, recognise, conform, check, receive
- `modelling/`   `sql/` becomes tables: units, sums, values, assessments, checks, publication
- `defs/`        the same as Dagster assets, checks, jobs and automation
- `dictionary`   what contracts and catalogue define, as tables, Markdown and Excel
- `sample/`      made-up departmental exports on the real map of the district
- `refreshing`   a refresh as a run of Dagster: what the command, the schedule and the sensor do
- `definitions`, `instance`, `events`   Dagster's entry, its instance, its event log
- `cli/`, `serve`  the command `guben`, and the two servers

Imports run one way: `dashboards` and `pipelines` import `warehouse`; `warehouse` imports neither.
"""
