"""Rights of people: to be forgotten, and to know what is known of them."""

from engine.rights.context import CONTEXT
from engine.rights.erasing import Erasing
from engine.rights.model import Chosen, Erased, Match
from engine.rights.outside import ErasureFile

__all__ = ["CONTEXT", "Chosen", "Erased", "Erasing", "ErasureFile", "Match"]
