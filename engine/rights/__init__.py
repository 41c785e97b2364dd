"""Rights of people: to be forgotten, and to know what is known of them."""

from engine.rights.choosing import Choosing
from engine.rights.context import CONTEXT
from engine.rights.correcting import Correcting
from engine.rights.erasing import Erasing
from engine.rights.exporting import Exporting
from engine.rights.looking import Asked, Looking
from engine.rights.model import Chosen, Erased, Export, Match, masked
from engine.rights.outside import ErasureFile
from engine.rights.standins import StandIns

__all__ = [
    "CONTEXT",
    "Asked",
    "Choosing",
    "Chosen",
    "Correcting",
    "Erased",
    "Erasing",
    "ErasureFile",
    "Export",
    "Exporting",
    "Looking",
    "Match",
    "StandIns",
    "masked",
]
