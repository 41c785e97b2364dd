"""What went wrong on the command line, in a sentence that says what to do next."""

from __future__ import annotations


class Trouble(Exception):
    """It could not be done; the message says what to do."""


def told_plainly(fault: Exception) -> bool:
    """Whether the message of a fault says all a person needs; loaded only when something went wrong."""
    from engine.settings import SettingsFault
    from engine.stores.faults import StoreFault
    from server.processes.supervisor import StartFault

    return isinstance(fault, (Trouble, StartFault, StoreFault, SettingsFault))
