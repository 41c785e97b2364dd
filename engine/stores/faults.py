"""What goes wrong with a store itself: it cannot start, cannot be reached, or is of another version.

The message is written for the person at the terminal: what happened, where, and what to do.
"""


class StoreFault(Exception):
    """A store cannot be used; the message says why and what helps."""


class StoreInUse(StoreFault):
    """Another process already runs the stores of this data folder."""
