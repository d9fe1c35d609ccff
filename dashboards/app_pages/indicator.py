"""The page indicator: layout only."""

from dashboards import layout

layout.title("indicator")
