"""What `make check` runs beside ruff, mypy and import-linter; each names file, line and what is wrong."""
