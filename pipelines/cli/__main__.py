"""`python -m pipelines.cli`: the same as `guben`."""

from pipelines.cli import app

app()
