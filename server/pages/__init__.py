"""The pages people see, as the server gives them: shells, built files, pictures, calendars, tickets.

Owns: every address outside /api, /ws and the probes. Knows the engine only through `sources`.
"""
