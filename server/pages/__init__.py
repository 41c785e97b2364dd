"""The server side of the pages: HTML shells, built files, pictures, calendars, tickets.

Owns: every address outside /api, /ws and the probes. Knows the engine only through `sources`.
"""
