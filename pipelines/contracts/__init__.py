"""What departments hand in: one YAML file per export, and what such a file may say. No Polars, no SQL."""
