"""A client that knows docs/protocol.md and the two documents for machines, and nothing else of Aforo.

Nothing is imported from `engine`, `server`, `loadtest` or the other tests: `tests.checks.imports` sees to it.
"""
