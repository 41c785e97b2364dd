"""The letters of messages: their words by language, and the frame around them."""

from engine.messages.letters.letter import ANYBODY_ASKS, AWAITED, DRAWN, NEEDED, SELL, Letter, Template
from engine.messages.letters.rendering import letter_words

__all__ = ["ANYBODY_ASKS", "AWAITED", "DRAWN", "NEEDED", "SELL", "Letter", "Template", "letter_words"]
