"""State on disk: the lake of submissions, the DuckDB build file, the publications.

Knows folders, files and transactions. Knows no contract, no indicator and no page.
"""
