"""What went wrong on the command line, in a sentence that says what to do next."""

from __future__ import annotations


class Trouble(Exception):
    """It could not be done; the message says what to do."""
