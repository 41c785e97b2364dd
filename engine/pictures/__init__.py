"""Pictures: those that organizers name by an address are fetched once, drawn anew in a few widths, and kept here."""

from engine.pictures.context import CONTEXT
from engine.pictures.files import Files, FolderFiles, PostgresFiles
from engine.pictures.model import CONTENT_TYPE, PictureState, PictureView, Shown, Size, shown_of
from engine.pictures.pictures import Pictures, want

__all__ = [
    "CONTENT_TYPE",
    "CONTEXT",
    "Files",
    "FolderFiles",
    "PictureState",
    "PictureView",
    "Pictures",
    "PostgresFiles",
    "Shown",
    "Size",
    "shown_of",
    "want",
]
