"""The yardstick: all 94 indicators from the sample's files by one plain script, without anything around it.

What somebody would write by hand who knows these files: Polars reads them, DuckDB adds up. It knows from the list of
deliveries which files are bad, takes the export and the period from the file's name, drops the rows it cannot read,
and keeps nothing: no contracts, receipts, faults, original, provenance, status, checks, assessment or publication.
It shares no code with the pipelines, so its values are also a second opinion on theirs.

    python -m benchmarks.plain SAMPLE_FOLDER VALUES.parquet

It leaves out what the sample's years do not need: communities that close (the last did in 2023), parts of the
rules on units, and names it has never seen.
"""
