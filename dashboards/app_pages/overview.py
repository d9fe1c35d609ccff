"""The page overview: layout only."""

from dashboards import layout

layout.title("overview")
