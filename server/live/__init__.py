"""The live side: WebSockets, what may be asked on them alone, and the fan-out of a sale's feed.

Importing this package fills the table of commands.
"""

from server import buying
from server.live import watching

__all__ = ["buying", "watching"]
